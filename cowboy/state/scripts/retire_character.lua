-- Retire a character that nobody has. What it did and knows stays.
--
-- KEYS  1 to 8: the roster (`shared/roster.lua`)
-- ARGV  1 what is asked for (JSON): record, name
-- Answer  retired, also if it was before; or held, dead, unknown

-- include roster

free_lapsed()
local status = field(ask.name, 'status')
if status ~= 'living' then return status == '' and 'unknown' or status end
if redis.call('ZSCORE', HELD, ask.name) then return 'held' end
retire(ask.name)
return 'retired'
