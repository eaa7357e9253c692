-- The talk of a game as it stands, and what was heard of the game that nobody has taken in yet.
--
-- KEYS  1 talk:<game>   2 talk_inbox:<game>   3 game:<game>
-- ARGV  1 how many of the inbox at most
-- Answer {now (ms), whether the game is assigned, state (JSON) or '', what was heard (JSON), …}

local time = redis.call('TIME')
local now = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000))
local state = redis.call('HGET', KEYS[1], 'state')
return {now, redis.call('EXISTS', KEYS[3]), state or '', unpack(redis.call('LRANGE', KEYS[2], 0, ARGV[1] - 1))}
