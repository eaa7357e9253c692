-- A keeper has sent on what a game's talk told. Note how far, and when it is to be looked at next.
--
-- KEYS  1 talk:<game>   2 talk_inbox:<game>   3 talk_history:<game>   4 talk_due
-- ARGV  1 game_id   2 id of the last message that was sent on   3 when it is due (ms), '' if nobody speaks
--       4 the state that this goes by (JSON)   5 turn whose speaker was asked
-- Answer 1 if a keeper has to look at it again at once, else 0

local has_talk = redis.call('EXISTS', KEYS[1]) == 1
if has_talk then redis.call('HSET', KEYS[1], 'sent', ARGV[2], 'asked', ARGV[5]) end
-- The keeper that took it has set a time to come. 0 says that something happened since then, which that keeper may not
-- have seen: a bot that became ready leaves nothing else behind.
if tonumber(redis.call('ZSCORE', KEYS[4], ARGV[1]) or 1) == 0 then return 1 end
if not has_talk then
  redis.call('ZREM', KEYS[4], ARGV[1])
  return 0
end
local last = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)
local is_behind = #last > 0 and last[1][1] ~= ARGV[2]
if is_behind or redis.call('LLEN', KEYS[2]) > 0 or (redis.call('HGET', KEYS[1], 'state') or '') ~= ARGV[4] then
  redis.call('ZADD', KEYS[4], 0, ARGV[1])
  return 1
end
if ARGV[3] == '' then redis.call('ZREM', KEYS[4], ARGV[1]) else redis.call('ZADD', KEYS[4], ARGV[3], ARGV[1]) end
return 0
