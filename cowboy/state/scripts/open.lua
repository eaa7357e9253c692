-- Store what is known of a game, unless more is known already, and when somebody has to look at its open turn.
--
-- KEYS  1 table:<game>   2 claim:<game>   3 bindings:<game>   4 due
-- ARGV  1 game_id   2 table (JSON)   3 turn_no   4 player_id, '' if nobody is to act   5 deadline_ms
--       6 ms until a turn that nobody has claimed is overdue   7 ms before the deadline when a keeper plays it itself
--       8 and on: ids of the commands that used up turns since the last time, as far as they were seen
-- Answer {stored, binding, closed}
--   stored   1, or 0 if a later turn is known: whoever calls is behind
--   binding  of the bot that is to act (JSON), or ''
--   closed   how the turn before ended for its bot: `confirmed` if its command was applied, `expired` if something else
--            used it up, '' if nobody can tell or it was no bot's
--
-- Time is Redis's own.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local turn, deadline = tonumber(ARGV[3]), tonumber(ARGV[5])

local known_turn, known_player = unpack(redis.call('HMGET', KEYS[1], 'turn_no', 'player_id'))
if known_turn and tonumber(known_turn) > turn then return {0, '', ''} end

local closed = ''
if known_turn and tonumber(known_turn) < turn and #ARGV >= 8 and redis.call('HEXISTS', KEYS[3], known_player) == 1 then
  closed = 'expired'
  local claim_turn, command, first = unpack(redis.call('HMGET', KEYS[2], 'turn_no', 'command_id', 'first_id'))
  for index = 8, #ARGV do
    local is_ours = command == ARGV[index] or first == ARGV[index]
    if claim_turn == known_turn and is_ours then closed = 'confirmed' end
  end
  if claim_turn == known_turn then redis.call('HSET', KEYS[2], 'state', closed) end
end

if known_turn ~= ARGV[3] then redis.call('HSET', KEYS[1], 'opened_ms', string.format('%d', now)) end
local rescue = deadline - math.min(tonumber(ARGV[7]), math.max(0, math.floor((deadline - now) / 8)))
redis.call('HSET', KEYS[1], 'table', ARGV[2], 'turn_no', ARGV[3], 'player_id', ARGV[4], 'deadline_ms', ARGV[5],
           'rescue_ms', string.format('%d', rescue))
if ARGV[4] == '' then
  redis.call('ZREM', KEYS[4], ARGV[1])
  return {1, '', closed}
end
redis.call('ZADD', KEYS[4], string.format('%d', math.min(now + tonumber(ARGV[6]), rescue)), ARGV[1])
return {1, redis.call('HGET', KEYS[3], ARGV[4]) or '', closed}
