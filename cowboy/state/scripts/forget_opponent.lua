-- Drop what all characters know of an opponent.
--
-- KEYS  1 characters:idle   2 characters:held   3 characters:dead   4 characters:retired
-- ARGV  1 prefix of the keys of scopes   2 the scope of all   3 field of the opponent's habits
-- Answer  in how many scopes it was known
--
-- All in one step, so that nobody inherits it meanwhile.

local known = 0
local function forget(scope)
  local text = redis.call('HGET', scope, ARGV[3])
  if not text then return end
  redis.call('HINCRBY', scope, 'bytes', -(#ARGV[3] + #text))
  known = known + redis.call('HDEL', scope, ARGV[3])
end

forget(ARGV[1] .. ARGV[2])
for _, key in ipairs(KEYS) do
  for _, name in ipairs(redis.call('ZRANGE', key, 0, -1)) do forget(ARGV[1] .. name) end
end
return known
