-- Store what is known of a game, if the caller has its lease and no more is known already.
--
-- KEYS  1 table:<game>   2 recent:<game>   3 bindings:<game>   4 leases
-- ARGV  1 game_id   2 lease, '' if none is needed   3 table (JSON)   4 turn_no   5 player_id, '' if nobody is to act
--       6 deadline_ms   7 recent events to keep   8 and on: new events in short (JSON), oldest first
-- Answer {stored, binding}
--   stored   1, or 0 if the game is another's by now, is over, or a later turn is known: whoever calls is behind
--   binding  of the bot that is to act (JSON), or ''

if ARGV[2] ~= '' and redis.call('HGET', KEYS[4], ARGV[1]) ~= ARGV[2] then return {0, ''} end
local known_turn = redis.call('HGET', KEYS[1], 'turn_no')
if known_turn and tonumber(known_turn) > tonumber(ARGV[4]) then return {0, ''} end

redis.call('HSET', KEYS[1], 'table', ARGV[3], 'turn_no', ARGV[4], 'player_id', ARGV[5], 'deadline_ms', ARGV[6])
local keep = tonumber(ARGV[7])
if keep > 0 and #ARGV >= 8 then
  for index = 8, #ARGV do redis.call('LPUSH', KEYS[2], ARGV[index]) end
  redis.call('LTRIM', KEYS[2], 0, keep - 1)
end
return {1, redis.call('HGET', KEYS[3], ARGV[5]) or ''}
