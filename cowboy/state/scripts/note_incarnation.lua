-- Say that an incarnation of an instance lives, or that it ends; then give the instance's name to one of them.
--
-- KEYS  1 instance_beats   2 instances   3 incarnations:<name>   4 closed_instances
-- ARGV  1 instance   2 incarnation   3 what it is (JSON), '' if it ends   4 beats older than this many seconds count for
-- nothing
-- Answer  what each incarnation of the instance is (JSON) that lives and is not about to stop, first the one that has
--         the name
--
-- The name belongs to the incarnation that began last, of those that live and are not about to stop; if all are about
-- to stop, to the last of these. So two workers of one name do not take it from each other, in whatever order they
-- beat, and one that stops does not stop the other. Without an incarnation an instance has left; while an operator has
-- it closed, its last heartbeat stays, by which a keeper sees when to forget it.

local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local name, incarnation = ARGV[1], ARGV[2]

if ARGV[3] == '' then
  redis.call('HDEL', KEYS[3], incarnation)
else
  redis.call('HSET', KEYS[3], incarnation, string.format('%.6f ', now) .. ARGV[3])
  redis.call('EXPIRE', KEYS[3], math.ceil(tonumber(ARGV[4])) + 1)
end

local incarnations = {}
local stored = redis.call('HGETALL', KEYS[3])
for index = 1, #stored, 2 do
  local beat, json = stored[index + 1]:match('^(%S+) (.*)$')
  if tonumber(beat) < now - tonumber(ARGV[4]) then
    redis.call('HDEL', KEYS[3], stored[index])
  else
    local about = cjson.decode(json)
    incarnations[#incarnations + 1] = {
      beat = beat,
      json = json,
      leaving = about.leaving or false,
      began = about.began_ms or 0,
      incarnation = about.incarnation or '',
    }
  end
end
table.sort(incarnations, function(one, other)
  if one.leaving ~= other.leaving then return other.leaving end
  if one.began ~= other.began then return one.began > other.began end
  return one.incarnation > other.incarnation
end)

if incarnations[1] then
  redis.call('ZADD', KEYS[1], incarnations[1].beat, name)
  redis.call('HSET', KEYS[2], name, incarnations[1].json)
elseif ARGV[3] == '' then
  local present = redis.call('HGET', KEYS[2], name)
  -- Another incarnation may be the last that was heard of, long ago: whether it is dead, others decide.
  if present and cjson.decode(present).incarnation == incarnation then
    redis.call('HDEL', KEYS[2], name)
    if redis.call('HEXISTS', KEYS[4], name) == 0 then redis.call('ZREM', KEYS[1], name) end
  end
end

local staying = {}
for _, one in ipairs(incarnations) do
  if not one.leaving then staying[#staying + 1] = one.json end
end
return staying
