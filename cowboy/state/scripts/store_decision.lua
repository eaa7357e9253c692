-- Store the decision for a turn before it is sent, if the caller may still send it.
--
-- KEYS  1 claim:<game>   2 table:<game>   3 bindings:<game>   4 character:<name>, if the bot is one
-- ARGV  1 fence   2 turn_no   3 player_id   4 command (JSON)   5 its id   6 the holder of the character, if it is one
-- Answer
--   decided    stored; send it now
--   lost       somebody else holds the turn by now, or the game is over
--   stale      the turn is over
--   not_ready  the bot was taken off its seat meanwhile, or is being taught anew; or it decided as a character that
--              another seat has by now: nothing leaves in that name, and a keeper plays the turn
--   paused     somebody wants the bot to do nothing for a while
--
-- A stored decision is never replaced: a holder that recovers the turn publishes the same command.

-- include readiness

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local turn, fence, role, decision, lease_until =
    unpack(redis.call('HMGET', KEYS[1], 'turn_no', 'fence', 'role', 'decision', 'lease_until'))
-- Asked again by one that did not hear the answer.
if turn == ARGV[2] and fence == ARGV[1] and decision == ARGV[4] then return 'decided' end
if turn ~= ARGV[2] or fence ~= ARGV[1] or decision or now >= tonumber(lease_until) then return 'lost' end
if redis.call('HGET', KEYS[2], 'turn_no') ~= ARGV[2] then return 'stale' end
local binding_json = redis.call('HGET', KEYS[3], ARGV[3])
if not binding_json then return 'not_ready' end
local refusal = refusal_of(cjson.decode(binding_json), role == 'keeper')
if refusal then return refusal end
if KEYS[4] and role ~= 'keeper' and redis.call('HGET', KEYS[4], 'holder') ~= ARGV[6] then return 'not_ready' end

redis.call('HSET', KEYS[1], 'decision', ARGV[4], 'command_id', ARGV[5], 'state', 'decided')
return 'decided'
