-- Put the same decision under another id in the place of a published one that had no effect. Once a turn, also after
-- its time: the caller knows that the turn stands.
--
-- KEYS  1 claim:<game>   2 table:<game>   3 due
-- ARGV  1 turn_no   2 id it was published under   3 command (JSON)   4 its new id   5 lease_ms   6 game_id
-- Answer  1: send it now; or 0 if the turn is over, or somebody else has done so
--
-- The first id is kept: it may still take effect later. A backend burns an id at its first processing, whatever the
-- outcome (docs/wire.md#command).

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local turn, state, command, attempt = unpack(redis.call('HMGET', KEYS[1], 'turn_no', 'state', 'command_id', 'attempt'))
if turn ~= ARGV[1] or state ~= 'published' or command ~= ARGV[2] or attempt then return 0 end
if redis.call('HGET', KEYS[2], 'turn_no') ~= ARGV[1] then return 0 end

local until_ms = now + tonumber(ARGV[5])
redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('HSET', KEYS[1], 'decision', ARGV[3], 'command_id', ARGV[4], 'first_id', ARGV[2], 'attempt', 1, 'state',
'decided',
           'lease_until', string.format('%d', until_ms))
redis.call('ZADD', KEYS[3], string.format('%d', until_ms), ARGV[6])
return 1
