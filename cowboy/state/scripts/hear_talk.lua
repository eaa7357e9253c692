-- Something happened in a game that its talk has to know of. A keeper takes it in.
--
-- KEYS  1 talk:<game>   2 talk_inbox:<game>   3 talk_due   4 game:<game>
-- ARGV  1 game_id   2 step_seq of the event, 0 for none   3 what was heard (JSON), '' for nothing but to look
--       4 ms for which nothing of the kind is heard again, 0 to hear each
-- Answer 1 if it was taken; 0 for an event that is not newer than the last one, or if the game is over

if redis.call('EXISTS', KEYS[4]) == 0 then return 0 end
local step, rest = tonumber(ARGV[2]), tonumber(ARGV[4])
if step > 0 then
  if step <= tonumber(redis.call('HGET', KEYS[1], 'last_step') or 0) then return 0 end
  redis.call('HSET', KEYS[1], 'last_step', ARGV[2])
end
if rest > 0 then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  if now < tonumber(redis.call('HGET', KEYS[1], 'rests_until') or 0) then return 0 end
  redis.call('HSET', KEYS[1], 'rests_until', string.format('%d', now + rest))
end
if ARGV[3] ~= '' then redis.call('RPUSH', KEYS[2], ARGV[3]) end
redis.call('ZADD', KEYS[3], 0, ARGV[1])
return 1
