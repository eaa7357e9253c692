-- Add to a character's counters, as its owner.
--
-- KEYS  1 to 8: the roster (`shared/roster.lua`)
-- ARGV  1 what is asked for (JSON): record, name, holder, add = {counter: by how much}
-- Answer  the record's new version, or 0 if the caller's lease does not hold

-- include roster

if not owns(ask.name, ask.holder) then return 0 end
for counter, by in pairs(ask.add) do count(ask.name, counter, by) end
change(ask.name, 'last_active', whole(now))
return tonumber(field(ask.name, 'version'))
