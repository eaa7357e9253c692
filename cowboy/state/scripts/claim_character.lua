-- Claim a character for a seat: a certain one, or the least recently active that nobody has, or else a new one.
--
-- KEYS  1 to 8: the roster (`shared/roster.lua`)
-- ARGV  1 what is asked for (JSON): record, holds, mode, owner, token, lease_ms, game, player; name, a certain one's;
--       or people and horses, names for a new one; profile, limit, on_limit
-- Answer {status, name, horse, fence, lease's end (ms)}
--   claimed  the caller's, until the lease ends, with a fence one higher than before
--   created  so, and new
--   renewed  it was the caller's already, by the same token
--   held     somebody else has it
--   dead, retired, unknown
--   full     nobody is free, and no more may live
--   mode     name is the mode that this installation's characters have

-- include roster

local mode = other_mode()
if mode then return {'mode', mode, '', 0, 0} end
free_lapsed()

local function answer(status, name)
  return {status, field(name, 'name'), field(name, 'horse_name'), tonumber(field(name, 'fence')), now + ask.lease_ms}
end

local function claim(status, name)
  local holder = redis.call('HINCRBY', record(name), 'fence', 1) .. ' ' .. ask.token
  change(name, 'holder', holder, 'owner', ask.owner, 'game_id', ask.game, 'player_id', ask.player,
         'last_active', whole(now))
  hold(name, holder)
  return answer(status, name)
end

if ask.name then
  local name = string.lower(ask.name)
  local status = field(name, 'status')
  if status == '' then return {'unknown', '', '', 0, 0} end
  if status ~= 'living' then return {status, '', '', 0, 0} end
  local holder = field(name, 'fence') .. ' ' .. ask.token
  if owns(name, holder) then
    hold(name, holder)
    return answer('renewed', name)
  end
  if redis.call('ZSCORE', HELD, name) then return {'held', '', '', 0, 0} end
  return claim('claimed', name)
end

local first = redis.call('ZRANGE', IDLE, 0, 0)[1]
if first then return claim('claimed', first) end
if not make_room() then return {'full', '', '', 0, 0} end
return claim('created', create(reserve(ask.people), ask.horses, ask.profile))
