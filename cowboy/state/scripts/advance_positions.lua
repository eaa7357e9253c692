-- Note how far games have been read, and the last turn of each that was queued, for the bridge that has their leases.
--
-- KEYS  1 leases   2 and on: table:<game> of each
-- ARGV  by fours, in the same order: game_id   lease, '' if none is needed   next offset to read   turn_no
-- Answer  for each game 1, or 0 if it is another's by now, or over

local answer = {}
for index = 2, #KEYS do
  local at = 4 * (index - 2)
  local game, lease, offset, turn = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local allowed = lease == '' or redis.call('HGET', KEYS[1], game) == lease
  if allowed then redis.call('HSET', KEYS[index], 'position', offset, 'queued_turn', turn) end
  answer[#answer + 1] = allowed and 1 or 0
end
return answer
