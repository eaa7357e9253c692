-- Say when a game's open turn is to be looked at next, or that it need not be, unless somebody has said so meanwhile.
--
-- KEYS  1 due   2 table:<game>
-- ARGV  1 game_id   2 turn_no, '' if the caller saw none   3 until when it was taken (ms)   4 when (ms), '' for not at all
-- Answer  nothing

if (redis.call('HGET', KEYS[2], 'turn_no') or '') ~= ARGV[2] then return end
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0) ~= tonumber(ARGV[3]) then return end
if ARGV[4] == '' then redis.call('ZREM', KEYS[1], ARGV[1]) else redis.call('ZADD', KEYS[1], ARGV[4], ARGV[1]) end
