-- Forget an instance that was silent for long.
--
-- KEYS  1 instance_beats   2 instances   3 closed_instances   4 instance_incarnations
-- ARGV  1 instance   2 for how many seconds it must have been silent
-- Answer  1, or 0 if it has been heard of meanwhile

local time = redis.call('TIME')
local beat = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
if beat > time[1] + time[2] / 1000000 - tonumber(ARGV[2]) then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
for index = 2, #KEYS do redis.call('HDEL', KEYS[index], ARGV[1]) end
return 1
