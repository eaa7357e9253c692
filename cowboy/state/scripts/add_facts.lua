-- Add facts from elsewhere to a scope, or drop some.
--
-- KEYS  1 knowledge:<scope>
-- ARGV  1 most bytes of a scope   2 bytes that folding leaves   3 and on, by pairs: field   fact (JSON), '' to drop it
-- Answer  how many facts were added or dropped

-- include facts

local changed, bytes = 0, 0
for index = 3, #ARGV, 2 do
  local field, text = ARGV[index], ARGV[index + 1]
  if text ~= '' then
    local fact, generation = cjson.decode(text), tonumber(redis.call('HGET', KEYS[1], 'generation') or 0)
    fact.k, fact.f = generation, generation
    bytes = add_fact(KEYS[1], field, fact)
    changed = changed + 1
  elseif redis.call('HEXISTS', KEYS[1], field) == 1 then
    redis.call('HINCRBY', KEYS[1], 'bytes', -(#field + redis.call('HSTRLEN', KEYS[1], field)))
    changed = changed + redis.call('HDEL', KEYS[1], field)
  end
end
if bytes > tonumber(ARGV[1]) then fold_facts(KEYS[1], tonumber(ARGV[2])) end
return changed
