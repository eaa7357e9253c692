-- Renew all leases of an owner.
--
-- KEYS  1 to 8: the roster (`shared/roster.lua`)   9 characters:holds:<owner>
-- ARGV  1 what is asked for (JSON): record, holds, owner, lease_ms, bindings (begins the names of bindings of games)
-- Answer  how many are kept; then, by fours: name, holder, game and player of those that were lost
--
-- A lease whose time is over is lost, unless nobody has claimed the character since and the seat still names it: then it
-- is claimed again. One whose bot is on another instance now, or on no seat any more, or is somebody else, is not this
-- owner's to renew, and not lost either.

-- include roster

local function is_elsewhere(game, player, holder)
  if game == '' then return false end
  local binding = redis.call('HGET', ask.bindings .. game, player)
  if not binding then return true end
  local bot = cjson.decode(binding)
  if bot.instance ~= ask.owner then return true end
  local rider = bot.character
  return rider and rider ~= cjson.null and whole(rider.fence) .. ' ' .. rider.token ~= holder
end

local kept, answer = 0, {0}
local holds = redis.call('HGETALL', KEYS[9])
for index = 1, #holds, 2 do
  local holder, name = string.match(holds[index], '^(%d+ %S+) (.*)$')
  local game, player = string.match(holds[index + 1], '^(%S*) (.*)$')
  if is_elsewhere(game, player, holder) then
    redis.call('HDEL', KEYS[9], holds[index])
  elseif owns(name, holder) then
    redis.call('ZADD', HELD, whole(now + ask.lease_ms), name)
    kept = kept + 1
  elseif is_holder(name, holder) and claim_again(name, holder, game, player) then
    kept = kept + 1
  else
    redis.call('HDEL', KEYS[9], holds[index])
    for _, value in ipairs({name, holder, game, player}) do answer[#answer + 1] = value end
  end
end
answer[1] = kept
return answer
