-- Claim a turn for one worker or keeper, or learn why not.
--
-- KEYS  1 claim:<game>   2 table:<game>   3 bindings:<game>   4 due
-- ARGV  1 holder   2 turn_no   3 player_id   4 lease_ms   5 ttl_ms after the deadline   6 game_id
--       7 `worker`; `keeper`: one that plays the turn because its time is almost over; or `late_keeper`: because its
--         time is over, and the game manager says that it stands all the same
-- Answer {status, fence, decision, table, binding, ms until the deadline, ms from the turn's beginning to it,
--        ms since 1970}; empty text where there is nothing to say. For a late keeper the deadline is the end of its
-- lease
--   claimed    the caller's, until the lease or the turn ends: decide it
--   recovered  the caller's, and decided already by a holder that was lost: publish `decision`, nothing else
--   held       somebody else is at it
--   done       published already
--   stale      the turn is not on any more, or not yet known, or it is another player's
--   not_ready  no bot sits on that seat, or it has not been taught yet
--   paused     somebody wants the bot to do nothing for a while
--
-- A game has one open turn, so one claim is kept for each game: that of the latest turn. The fence grows with
-- each claim, over all turns. `store_decision` wants it back, so a holder that slept through its lease is refused.
-- A bot that was taught anew meanwhile, because it moved or its instance came back, need not wait for the lease of the
-- holder before. Neither does a keeper wait for a worker's, and it needs no bot that has been taught by its present
-- instance: that it once was taught this guide is enough for the safe default. Time is Redis's own; no worker's clock
-- takes part.

-- include readiness

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local is_late = ARGV[7] == 'late_keeper'
local is_keeper = is_late or ARGV[7] == 'keeper'

local function refuse(status) return {status, 0, '', '', '', 0, 0, now} end

local table_json, table_turn, player, opened, deadline, rescue =
    unpack(redis.call('HMGET', KEYS[2], 'table', 'turn_no', 'player_id', 'opened_ms', 'deadline_ms', 'rescue_ms'))
if table_turn ~= ARGV[2] or player ~= ARGV[3] then return refuse('stale') end
if is_late then
  deadline = math.max(tonumber(deadline), now + tonumber(ARGV[4]))
elseif now >= tonumber(deadline) then
  return refuse('stale')
end

local binding_json = redis.call('HGET', KEYS[3], ARGV[3])
if not binding_json then return refuse('not_ready') end
local binding = cjson.decode(binding_json)
local refusal = refusal_of(binding, is_keeper)
if refusal then return refuse(refusal) end

local turn, state, role, lesson, lease_until, decision =
    unpack(redis.call('HMGET', KEYS[1], 'turn_no', 'state', 'role', 'lesson', 'lease_until', 'decision'))
if turn and tonumber(turn) > tonumber(ARGV[2]) then return refuse('stale') end
if turn == ARGV[2] then
  if state ~= 'claimed' and state ~= 'decided' then return refuse('done') end
  local may_take_over = tonumber(lesson) < binding.lesson or is_keeper and role ~= 'keeper'
  if now < tonumber(lease_until) and not may_take_over then return refuse('held') end
else
  decision = false
  redis.call('HDEL', KEYS[1], 'decision', 'command_id', 'first_id', 'attempt', 'noted')
end

-- Counted in microseconds, so that it is above every fence that was ever given out, also above those that were
-- forgotten with the game, or that a Redis that took over from another one never heard of.
local known = tonumber(redis.call('HGET', KEYS[1], 'fence') or 0)
local fence = math.max(known + 1, time[1] * 1000000 + time[2])
local until_ms = math.min(now + tonumber(ARGV[4]), tonumber(deadline))
redis.call('HSET', KEYS[1], 'turn_no', ARGV[2], 'fence', string.format('%d', fence), 'holder', ARGV[1],
           'role', is_keeper and 'keeper' or 'worker', 'lesson', binding.lesson,
           'lease_until', string.format('%d', until_ms), 'state', decision and 'decided' or 'claimed')
redis.call('PEXPIREAT', KEYS[1], string.format('%d', tonumber(deadline) + tonumber(ARGV[5])))
-- The new holder may be lost as well: a keeper looks again when the lease is over, or before the turn is. After the
-- turn's time the keeper that asked the game manager has already set when to ask again.
local look_ms = string.format('%d', is_keeper and until_ms or math.min(until_ms, tonumber(rescue)))
if is_late then
  redis.call('ZADD', KEYS[4], 'NX', look_ms, ARGV[6])
else
  redis.call('ZADD', KEYS[4], look_ms, ARGV[6])
end
return {decision and 'recovered' or 'claimed', fence, decision or '', table_json, binding_json,
        tonumber(deadline) - now, tonumber(deadline) - tonumber(opened), now}
