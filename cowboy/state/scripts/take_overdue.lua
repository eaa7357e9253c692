-- Games that a keeper has to look at now. The caller looks; for a while no other gets the same ones.
--
-- KEYS  1 due, or another sorted set: game → when it is to be looked at (ms)
-- ARGV  1 how many at most   2 ms until another may look, if the caller is lost meanwhile
-- Answer {now (ms), game, game, …}

local time = redis.call('TIME')
local now = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000))
local games = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, game in ipairs(games) do
  redis.call('ZADD', KEYS[1], string.format('%d', tonumber(now) + tonumber(ARGV[2])), game)
end
return {now, unpack(games)}
