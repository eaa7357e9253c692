-- A person wants to say something: whether that is not too much. What is said evens out over time, some of it at once.
--
-- KEYS  1 talk:<game>   2 game:<game>
-- ARGV  1 player_id   2 ms from one remark to the next   3 how many may come at once
-- Answer 0 if it may be said, else in how many ms

if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local field, apart = 'paid_until ' .. ARGV[1], tonumber(ARGV[2])
local paid_until = math.max(now, tonumber(redis.call('HGET', KEYS[1], field) or 0))
local wait = paid_until - now - (ARGV[3] - 1) * apart
if wait > 0 then return wait end
redis.call('HSET', KEYS[1], field, string.format('%d', paid_until + apart))
return 0
