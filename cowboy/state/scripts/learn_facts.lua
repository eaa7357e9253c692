-- Add what an event of a game shows to what the characters that saw it know. Told again, it changes nothing.
--
-- KEYS  1 bindings:<game>   2 watch:<game>   3 characters:held   4 characters:meta
-- ARGV  1 prefix of the keys of scopes   2 prefix of the keys of records   3 mode: `shared` is also the scope of all
--       4 game_id   5 what was seen (JSON): {turn, at, map, players = {id}, letters = {seat},
--       sightings = {{kind, cell or index of who acted, {index of a witness}, counts, left}}}, indices from 1
--       6 most bytes of a scope   7 bytes that folding leaves   8 ttl_ms of what is kept for the game
-- Answer  the number of facts that were added to
--
-- Nothing is learned in another mode than that of this installation's characters. A scope of its own takes facts only
-- while its character's lease holds. In the scope of all each fact counts once, however many saw it.

-- include facts
-- include ownership

if redis.call('HGET', KEYS[4], 'mode') ~= ARGV[3] then return 0 end
local seen = cjson.decode(ARGV[5])
local last = redis.call('HGET', KEYS[2], 'turn_no')
if last and tonumber(last) >= seen.turn then return 0 end

local witnesses, opponents, somebody = {}, {}, false
local bindings = redis.call('HMGET', KEYS[1], unpack(seen.players))
for seat, binding in ipairs(bindings) do
  -- Only this part is read: decoding four bindings for each event took most of the time. No text in JSON looks so.
  local character = binding and binding:match('"character":(%b{})')
  if character then
    somebody = true
    character = cjson.decode(character)
    local name = string.lower(character.name)
    opponents[seat] = name
    local holder = string.format('%d', character.fence) .. ' ' .. character.token
    if ARGV[3] == 'shared' then
      witnesses[seat] = { character.name, ARGV[1] .. ARGV[3] }
    elseif owns(ARGV[2] .. name, KEYS[3], name, holder) then
      witnesses[seat] = { character.name, ARGV[1] .. name }
    end
  else
    opponents[seat] = (binding and 'seat:' or 'person:') .. seen.letters[seat]
  end
end

if not (somebody or seen.map) then return 0 end  -- a character may sit down later, and then has to know the map
redis.call('HSET', KEYS[2], 'turn_no', string.format('%d', seen.turn))
if seen.map then redis.call('HSET', KEYS[2], 'map', seen.map) end
redis.call('PEXPIRE', KEYS[2], ARGV[8])

local map = redis.call('HGET', KEYS[2], 'map')
local generations, bytes, added = {}, {}, 0
for _, sighting in ipairs(seen.sightings) do
  local kind, subject, seats, counts, left = unpack(sighting, 1, 5)
  local field = kind == 'h' and 'h ' .. opponents[subject] or map and kind .. ' ' .. map .. ' ' .. subject
  local told = {}
  for _, seat in ipairs(field and seats or {}) do
    local witness = witnesses[seat]
    local scope = witness and witness[2]
    if scope and not told[scope] then
      told[scope] = true
      generations[scope] = generations[scope] or tonumber(redis.call('HGET', scope, 'generation') or 0)
      bytes[scope] = add_fact(scope, field, {
        n = counts, g = ARGV[4], t = seen.turn, w = witness[1], m = seen.at,
        k = generations[scope], f = generations[scope], l = left,
      })
      added = added + 1
    end
  end
end
for scope, size in pairs(bytes) do
  if size > tonumber(ARGV[6]) then fold_facts(scope, tonumber(ARGV[7])) end
end
return added
