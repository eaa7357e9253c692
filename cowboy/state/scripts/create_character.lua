-- Make a character that nobody has yet, under a name that nobody ever had.
--
-- KEYS  1 to 8: the roster (`shared/roster.lua`)
-- ARGV  1 what is asked for (JSON): record, mode, people, horses, profile, limit, on_limit; given and given_horse, if
--       the names have to be the first of people and of horses
-- Answer {status, name}: created; taken, with the name that is; full; or mode, with the mode that is
--
-- A name that is taken is refused before anything is written.

-- include roster

local mode = other_mode()
if mode then return {'mode', mode} end
local function is_taken(name) return redis.call('SISMEMBER', NAMES, string.lower(name)) == 1 end
if ask.given and is_taken(ask.people[1]) then return {'taken', ask.people[1]} end
if ask.given_horse and (is_taken(ask.horses[1]) or string.lower(ask.horses[1]) == string.lower(ask.people[1])) then
  return {'taken', ask.horses[1]}
end
if not make_room() then return {'full', ''} end
return {'created', field(create(reserve(ask.people), ask.horses, ask.profile), 'name')}
