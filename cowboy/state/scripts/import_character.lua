-- Take a character over from another installation, under its own name.
--
-- KEYS  1 to 8: the roster (`shared/roster.lua`)
-- ARGV  1 what is asked for (JSON): record, mode, name, status, at (when it was active, died or retired, ms),
--       fields = {field: value} of its record; facts = {field: text} of what it knows, with knowledge, which begins
--       the names of what characters know
-- Answer  imported; taken: there is one of that name already, which stays as it is; or the mode that is, if another
--
-- Its horse keeps the name that it has, which nobody gets from now on.

-- include roster

if other_mode() then return other_mode() end
local name = string.lower(ask.name)
if redis.call('SADD', NAMES, name) == 0 then return 'taken' end
if ask.fields.horse_name then redis.call('SADD', NAMES, string.lower(ask.fields.horse_name)) end
change(name, 'name', ask.name, 'status', ask.status)
for key, value in pairs(ask.fields) do redis.call('HSET', record(name), key, value) end
for key, value in pairs(ask.facts or {}) do redis.call('HSET', ask.knowledge .. name, key, value) end
redis.call('ZADD', ask.status == 'dead' and DEAD or ask.status == 'retired' and RETIRED or IDLE, whole(ask.at), name)
redis.call('HINCRBY', TOTALS, 'characters', 1)
if ask.status == 'dead' then redis.call('HINCRBY', TOTALS, 'dead', 1) end
for _, counter in ipairs({'games_played', 'kills', 'damage', 'wins', 'deaths'}) do
  redis.call('HINCRBY', TOTALS, counter, ask.fields[counter] or 0)
end
return 'imported'
