-- Say that a process lives, by Redis's own clock.
--
-- KEYS  1 a set of beats (zset)   2 a hash of what each is, only if there is ARGV 2
-- ARGV  1 name   2 what it is (JSON)
-- Answer  nothing

local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], string.format('%.6f', time[1] + time[2] / 1000000), ARGV[1])
if ARGV[2] then redis.call('HSET', KEYS[2], ARGV[1], ARGV[2]) end
