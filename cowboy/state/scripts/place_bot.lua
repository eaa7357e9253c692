-- Give a bot a place on an instance, or confirm the one it has; or move one that has a place.
--
-- KEYS  1 seats   2 instances   3 instance_beats   4 closed_instances
-- ARGV  1 seat ("<game> <player>")   2 beats older than this many seconds count for nothing
--       3 the instance it shall be on, '' for any   4 the instance to be left, '' for none
--       5 `new`, or `held`: a bot that has no place any more, because it was taken off its seat, gets none
-- Answer  the instance's name, or '' where there is none
--
-- An instance is open if nobody has closed it and it is not about to stop.
-- A bot keeps its place while that instance lives and is open, unless it shall go. Otherwise the least-loaded instance
-- below its capacity, else the least-loaded of all, the first by name among equals; one that cannot send to Kafka only
-- if none can. Counting and taking are one step:
-- two managers cannot both take the last place. Loads are counted here from `seats`, so that they cannot drift.

local time = redis.call('TIME')
local since = time[1] + time[2] / 1000000 - tonumber(ARGV[2])

local open, capacity, mute = {}, {}, {}
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], string.format('%.6f', since), '+inf')) do
  local about = redis.call('HGET', KEYS[2], name)
  if about and redis.call('HEXISTS', KEYS[4], name) == 0 and name ~= ARGV[4] then
    local instance = cjson.decode(about)
    if not instance.leaving then
      open[name] = 0
      capacity[name] = instance.capacity
      mute[name] = instance.mute and 1 or 0
    end
  end
end

local function comes_before(one, other)
  for index = 1, #one do
    if one[index] ~= other[index] then return one[index] < other[index] end
  end
  return false
end

local seat, wanted = ARGV[1], ARGV[3]
local present = redis.call('HGET', KEYS[1], seat)
if not present and ARGV[5] == 'held' then return '' end
if present and open[present] and (wanted == '' or wanted == present) then return present end

local chosen = ''
if wanted ~= '' then
  if open[wanted] then chosen = wanted end
else
  for _, name in ipairs(redis.call('HVALS', KEYS[1])) do
    if open[name] then open[name] = open[name] + 1 end
  end
  local best
  for name, load in pairs(open) do
    local rank = {mute[name], load >= capacity[name] and 1 or 0, load, name}
    if not best or comes_before(rank, best) then best = rank end
  end
  if best then chosen = best[#best] end
end
if chosen ~= '' then redis.call('HSET', KEYS[1], seat, chosen) end
return chosen
