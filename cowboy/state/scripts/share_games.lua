-- Say that a bridge lives, and learn which games it is to read: an even share of all, and as far as possible the same.
--
-- KEYS  1 bridges   2 games   3 leases   4 lease_count
-- ARGV  1 the bridge   2 beats older than this many seconds count for nothing   3 state of things it was told last, or
-- ''
-- Answer  the state of things; unless it is the same as before: game, lease, game, lease, … of the games that are this
--         bridge's; a lease is "<fence> <bridge>"
--
-- A lease holds as long as its bridge beats, so that one heartbeat renews all of them. The first bridge to call takes
-- the games of a bridge that is silent or gone, with a fence that was never used before. A bridge that has more than
-- its share gives up the rest here, after it has stored all that it has read of them.
--
-- Mostly nothing has changed, and then this costs the same for any number of games: no lease comes without a new fence,
-- and none goes without there being fewer.

local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local me = ARGV[1]

redis.call('ZADD', KEYS[1], string.format('%.6f', now), me)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.6f', now - tonumber(ARGV[2])))
local bridges = redis.call('ZRANGE', KEYS[1], 0, -1)
local function state_of_things()
  local games, leases = redis.call('SCARD', KEYS[2]), redis.call('HLEN', KEYS[3])
  return table.concat({games, leases, redis.call('GET', KEYS[4]) or '0', unpack(bridges)}, ' ')
end
if state_of_things() == ARGV[3] then return {ARGV[3]} end

local held = {}
for _, bridge in ipairs(bridges) do held[bridge] = 0 end

local free, total = {}, 0
for _, game in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  free[game] = true
  total = total + 1
end

local mine = {}
local leases = redis.call('HGETALL', KEYS[3])
for index = 1, #leases, 2 do
  local game, lease = leases[index], leases[index + 1]
  local owner = lease:match('^%d+ (.*)$')
  if not free[game] then
    redis.call('HDEL', KEYS[3], game)
  elseif held[owner] then
    free[game] = nil
    held[owner] = held[owner] + 1
    if owner == me then mine[#mine + 1] = {game, lease} end
  end
end

-- Everybody gets the same; of the games that are left over, one each to those who have one more already, then to me.
local each = math.floor(total / #bridges)
local left_over = total - each * #bridges
for bridge, count in pairs(held) do
  if bridge ~= me and count > each then left_over = left_over - 1 end
end
local share = left_over > 0 and each + 1 or each

for game in pairs(free) do
  if #mine >= share then break end
  local lease = redis.call('INCR', KEYS[4]) .. ' ' .. me
  redis.call('HSET', KEYS[3], game, lease)
  mine[#mine + 1] = {game, lease}
end
while #mine > share do redis.call('HDEL', KEYS[3], table.remove(mine)[1]) end

local answer = {state_of_things()}
for _, pair in ipairs(mine) do
  answer[#answer + 1] = pair[1]
  answer[#answer + 1] = pair[2]
end
return answer
