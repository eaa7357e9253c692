-- A character was eliminated in a game: count the death, and if it was its last, put an heir in its place.
--
-- KEYS  1 to 8: the roster (`shared/roster.lua`)   9 bindings:<game>
-- ARGV  1 what is asked for (JSON): record, knowledge (begins the names of what characters know), mode, game, lives;
--       player, whose seat it is, or name and holder; people and horses, names for the heir
-- Answer {status, heir}
--   buried   dead, and the heir is the next to sit down
--   known    this game's death was told before; the heir that it got then, if any
--   wounded  dead in this game, and alive in the next one
--   lost     the seat has no character, or another seat has it by now
--   mode     heir is the mode that this installation's characters have, which is another: nothing was changed
--
-- All of it is one step, so it has happened, or not at all, and repeating it changes nothing.

-- include roster

local AGES = 10000000000000  -- ms: no clock shows as much

local name, holder = ask.name, ask.holder
if not name then
  local binding = redis.call('HGET', KEYS[9], ask.player)
  local rider = binding and cjson.decode(binding).character
  if not rider or rider == cjson.null then return {'lost', ''} end
  name, holder = string.lower(rider.name), whole(rider.fence) .. ' ' .. rider.token
end
local mode = other_mode()
if mode then return {'mode', mode} end
if field(name, 'died_in') == ask.game then return {'known', field(name, 'inherited_to')} end
if not is_holder(name, holder) then return {'lost', ''} end

count(name, 'deaths', 1)
if tonumber(field(name, 'deaths')) < ask.lives then
  change(name, 'died_in', ask.game)
  return {'wounded', ''}
end

local heir = create(reserve(ask.people), ask.horses, redis.call('HGET', record(name), 'brain_profile'),
                    'inherited_from', field(name, 'name'),
                    'generation', whole((tonumber(field(name, 'generation')) or 0) + 1))
redis.call('ZADD', IDLE, whole(now - AGES), heir)  -- before all others, the oldest heir first
redis.call('HDEL', ask.holds .. field(name, 'owner'), holder .. ' ' .. name)
change(name, 'status', 'dead', 'died_in', ask.game, 'died_at', whole(now), 'holder', '', 'owner', '',
       'last_active', whole(now), 'inherited_to', field(heir, 'name'))
redis.call('ZREM', HELD, name)
redis.call('ZREM', IDLE, name)
redis.call('ZADD', DEAD, whole(now), name)
redis.call('HINCRBY', TOTALS, 'dead', 1)
if ask.mode == 'inherit_on_death' then
  if redis.call('COPY', ask.knowledge .. name, ask.knowledge .. heir, 'REPLACE') == 1 then
    redis.call('HINCRBY', ask.knowledge .. heir, 'generation', 1)
  end
end
return {'buried', field(heir, 'name')}
