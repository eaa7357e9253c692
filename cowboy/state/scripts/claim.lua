-- Claim a turn for one worker, or learn why not.
--
-- KEYS  1 turn:<game>:<turn>   2 table:<game>   3 bindings:<game>
-- ARGV  1 holder   2 turn_no   3 player_id   4 lease_ms   5 ttl_ms after the deadline
-- Answer {status, fence, decision, table, binding, ms until the deadline}; empty text where there is nothing to say
--   claimed    yours, until the lease or the turn ends; decide it
--   recovered  yours, and decided already by a holder that was lost: publish `decision`, nothing else
--   held       somebody else is at it
--   done       published already
--   stale      the turn is not on any more, or not yet known, or it is another player's
--   not_ready  no bot sits on that seat, or it has not been taught yet
--
-- The fence grows by one with each claim. `decide` and `publish` want it back, so a holder that slept through
-- its lease is refused. Time is Redis's own; no worker's clock takes part.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function refuse(status) return {status, 0, '', '', '', 0} end

local table_json, table_turn, player, deadline =
    unpack(redis.call('HMGET', KEYS[2], 'table', 'turn_no', 'player_id', 'deadline_ms'))
if table_turn ~= ARGV[2] or player ~= ARGV[3] then return refuse('stale') end
if now >= tonumber(deadline) then return refuse('stale') end

local binding = redis.call('HGET', KEYS[3], ARGV[3])
if not binding or cjson.decode(binding).status ~= 'READY' then return refuse('not_ready') end

local state, lease_until, decision = unpack(redis.call('HMGET', KEYS[1], 'state', 'lease_until', 'decision'))
if state == 'published' then return refuse('done') end
if state and now < tonumber(lease_until) then return refuse('held') end

local fence = redis.call('HINCRBY', KEYS[1], 'fence', 1)
local until_ms = math.min(now + tonumber(ARGV[4]), tonumber(deadline))
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'lease_until', string.format('%d', until_ms),
           'state', decision and 'decided' or 'claimed')
redis.call('PEXPIREAT', KEYS[1], string.format('%d', tonumber(deadline) + tonumber(ARGV[5])))
return {decision and 'recovered' or 'claimed', fence, decision or '', table_json, binding,
        tonumber(deadline) - now}
