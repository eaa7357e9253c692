-- Count what a shot did for the characters of a game: hit points taken, kills, and the win.
--
-- KEYS  1 to 8: the roster (`shared/roster.lua`)   9 bindings:<game>   10 deeds:<game>
-- ARGV  1 what is asked for (JSON): record, turn, hp = {player: hit points after it}, ttl_ms; actor, whose shot it was,
--       if it was one
-- Answer  1, or 0 if this turn was counted before, or no character plays
--
-- Hit points fall by shots only, so those after the last one, or at the beginning, are those before this one. What
-- happened before the first that is told is counted for nobody.

-- include roster

local somebody = false
for _, binding in ipairs(redis.call('HVALS', KEYS[9])) do
  somebody = somebody or string.find(binding, '"character":{', 1, true)  -- no text in JSON looks so
end
if not somebody then return 0 end
local last, known = unpack(redis.call('HMGET', KEYS[10], 'turn', 'hp'))
if last and tonumber(last) >= ask.turn then return 0 end
redis.call('HSET', KEYS[10], 'turn', whole(ask.turn), 'hp', cjson.encode(ask.hp))
redis.call('PEXPIRE', KEYS[10], whole(ask.ttl_ms))
if not known then return 1 end

-- The character on a seat, unless that is a person's, or another seat has it by now.
local function rider_of(player)
  local binding = redis.call('HGET', KEYS[9], player)
  local rider = binding and cjson.decode(binding).character
  if not rider or rider == cjson.null then return end
  local name = string.lower(rider.name)
  if is_holder(name, whole(rider.fence) .. ' ' .. rider.token) then return name end
end

local before, damage, kills, alive, players = cjson.decode(known), 0, 0, {}, 0
for player, hp in pairs(ask.hp) do
  players = players + 1
  if hp > 0 then alive[#alive + 1] = player end
  local fell = (before[player] or hp) - hp
  if player ~= ask.actor and fell > 0 then
    damage = damage + fell
    if hp <= 0 and before[player] > 0 then kills = kills + 1 end
  end
end
local shooter = ask.actor and damage > 0 and rider_of(ask.actor)
if shooter then
  count(shooter, 'damage', damage)
  if kills > 0 then
    count(shooter, 'kills', kills)
    local in_game = redis.call('HINCRBY', KEYS[10], 'kills ' .. ask.actor, kills)
    if in_game > (tonumber(field(shooter, 'best_kills')) or 0) then
      redis.call('HSET', record(shooter), 'best_kills', whole(in_game))
    end
  end
end
if #alive == 1 and players > 1 and redis.call('HSETNX', KEYS[10], 'won', alive[1]) == 1 then
  local winner = rider_of(alive[1])
  if winner then count(winner, 'wins', 1) end
end
return 1
