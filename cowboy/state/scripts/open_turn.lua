-- Store what is known of a game and open its turn, if the caller has its lease and no more is known already.
--
-- KEYS  1 table:<game>   2 claim:<game>   3 bindings:<game>   4 due   5 recent:<game>   6 leases
-- ARGV  1 game_id   2 lease, '' if none is needed   3 table (JSON)   4 turn_no   5 player_id, '' if nobody is to act
--       6 deadline_ms   7 ms until a turn that nobody has claimed is overdue
--       8 ms before the deadline when a keeper plays it itself   9 recent events to keep
--       10 how many ids of commands follow, which used up turns since the last time, as far as they were seen
--       11 and on: these, then new events in short (JSON), oldest first
-- Answer {stored, binding, closed}
--   stored   1, or 0 if the game is another's by now, is over, or a later turn is known: the caller is behind
--   binding  of the bot that is to act (JSON), or ''
--   closed   how the turn before ended for its bot: `confirmed` if its command was applied, `expired` if something else
--            used it up, '' if nobody can tell or it was no bot's
--
-- Time is Redis's own.

local game, lease, turn, player, deadline = ARGV[1], ARGV[2], ARGV[4], ARGV[5], tonumber(ARGV[6])
if lease ~= '' and redis.call('HGET', KEYS[6], game) ~= lease then return {0, '', ''} end
local known_turn, known_player = unpack(redis.call('HMGET', KEYS[1], 'turn_no', 'player_id'))
if known_turn and tonumber(known_turn) > tonumber(turn) then return {0, '', ''} end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ids = tonumber(ARGV[10])

local function close()
  if ids == 0 or not known_turn or known_turn == turn then return '' end
  if redis.call('HEXISTS', KEYS[3], known_player) == 0 then return '' end
  local claimed_turn, command, first = unpack(redis.call('HMGET', KEYS[2], 'turn_no', 'command_id', 'first_id'))
  if claimed_turn ~= known_turn then return 'expired' end
  local closed = 'expired'
  for index = 11, 10 + ids do
    if command == ARGV[index] or first == ARGV[index] then closed = 'confirmed' end
  end
  redis.call('HSET', KEYS[2], 'state', closed)
  return closed
end
local closed = close()

if known_turn ~= turn then redis.call('HSET', KEYS[1], 'opened_ms', string.format('%d', now)) end
local rescue = deadline - math.min(tonumber(ARGV[8]), math.max(0, math.floor((deadline - now) / 8)))
redis.call('HSET', KEYS[1], 'table', ARGV[3], 'turn_no', turn, 'player_id', player, 'deadline_ms', ARGV[6],
           'rescue_ms', string.format('%d', rescue))
local keep = tonumber(ARGV[9])
if keep > 0 and #ARGV > 10 + ids then
  for index = 11 + ids, #ARGV do redis.call('LPUSH', KEYS[5], ARGV[index]) end
  redis.call('LTRIM', KEYS[5], 0, keep - 1)
end
if player == '' then
  redis.call('ZREM', KEYS[4], game)
  return {1, '', closed}
end
if now < deadline then
  redis.call('ZADD', KEYS[4], string.format('%d', math.min(now + tonumber(ARGV[7]), rescue)), game)
else
  -- It stands after its time, so a keeper has to ask why, but not before the time that an earlier one has set.
  redis.call('ZADD', KEYS[4], 'NX', string.format('%d', now), game)
end
return {1, redis.call('HGET', KEYS[3], player) or '', closed}
