-- Replace a binding if it still is what its editor saw.
--
-- KEYS  1 bindings:<game>
-- ARGV  1 player_id   2 the binding as it was (JSON)   3 as it shall be (JSON)
-- Answer  1, or 0 if somebody else was faster

if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('PUBLISH', KEYS[1], ARGV[1]) -- wakes `Bindings.changes`
return 1
