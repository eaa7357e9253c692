-- Correct the place of a bot that has one.
--
-- KEYS  1 seats
-- ARGV  1 seat ("<game> <player>")   2 the instance
-- Answer  1, or 0 if it has none any more

if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
