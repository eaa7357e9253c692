-- Claim a character for a seat: a certain one, or the least recently active that nobody has, or else a new one.
--
-- KEYS  1 to 8: the roster (`shared/roster.lua`)
-- ARGV  1 what is asked for (JSON): record, holds, mode, owner, token, lease_ms, game, player; name, a certain one's;
--       or skip, names not to be taken; people and horses, names for a new one, none if nobody is to be made; profile,
--       limit, on_limit
-- Answer {status, name, horse, fence, lease's end (ms)}
--   claimed  the caller's, until the lease ends, with a fence one higher than before
--   created  so, and new
--   renewed  it was the caller's already, by the same token
--   held     somebody else has it
--   dead, retired, unknown
--   none     nobody is free, and none is to be made
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
  if is_holder(name, holder) then
    hold(name, holder)
    return answer('renewed', name)
  end
  if redis.call('ZSCORE', HELD, name) then return {'held', '', '', 0, 0} end
  return claim('claimed', name)
end

local skip = {}
for _, name in ipairs(ask.skip) do skip[string.lower(name)] = true end
local from, chunk = 0, #ask.skip
repeat
  local names = redis.call('ZRANGE', IDLE, from, from + chunk)
  for _, name in ipairs(names) do
    if not skip[name] then return claim('claimed', name) end
  end
  from = from + chunk + 1
until #names <= chunk

if #ask.people == 0 then return {'none', '', '', 0, 0} end
if not make_room() then return {'full', '', '', 0, 0} end
return claim('created', create(reserve(ask.people), ask.horses, ask.profile))
