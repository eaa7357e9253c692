-- Remove the records, and the knowledge, of all dead but those that died last. Their names stay reserved.
--
-- KEYS  1 to 8: the roster (`shared/roster.lua`)
-- ARGV  1 what is asked for (JSON): record, knowledge and opinions (begin the names of what characters know and
--       think), keep
-- Answer  the names of those that were removed
--
-- An heir keeps the dates of its predecessor, whose name then leads nowhere.

-- include roster

local removed = {}
local surplus = redis.call('ZCARD', DEAD) - ask.keep
if surplus <= 0 then return removed end
for _, name in ipairs(redis.call('ZRANGE', DEAD, 0, surplus - 1)) do
  local heir = string.lower(field(name, 'inherited_to'))
  if heir ~= '' and string.lower(field(heir, 'inherited_from')) == name then
    change(heir, 'predecessor_created_at', field(name, 'created_at'), 'predecessor_died_at', field(name, 'died_at'))
  end
  removed[#removed + 1] = field(name, 'name')
  redis.call('ZREM', DEAD, name)
  redis.call('DEL', record(name), ask.knowledge .. name, ask.opinions .. name)
end
return removed
