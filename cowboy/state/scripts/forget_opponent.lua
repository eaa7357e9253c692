-- Drop what a scope knows of an opponent.
--
-- KEYS  1 knowledge:<scope>
-- ARGV  1 field of the opponent's habits
-- Answer  1, or 0 if nothing was known

local text = redis.call('HGET', KEYS[1], ARGV[1])
if not text then return 0 end
redis.call('HINCRBY', KEYS[1], 'bytes', -(#ARGV[1] + #text))
return redis.call('HDEL', KEYS[1], ARGV[1])
