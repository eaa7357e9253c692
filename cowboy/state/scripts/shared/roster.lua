-- The roster of characters, for scripts with
-- KEYS  1 characters:idle   2 characters:held   3 characters:dead   4 characters:retired   5 characters:names
--       6 characters:counter   7 characters:totals   8 characters:meta
-- ARGV  1 what is asked for (JSON). `record` and `holds` begin the names of records and of what owners hold
-- Members are names in lower case. A character is living if it is idle or held.
local IDLE, HELD, DEAD, RETIRED, NAMES, COUNTER, TOTALS, META = unpack(KEYS)
local ask = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function whole(number) return string.format('%d', number) end
local function record(name) return ask.record .. name end
local function field(name, wanted) return redis.call('HGET', record(name), wanted) or '' end

-- Whether nobody else has claimed it since. A lease holds if its time is not over, either.
local function is_holder(name, holder) return holder ~= '' and field(name, 'holder') == holder end
local function owns(name, holder)
  local ends = redis.call('ZSCORE', HELD, name)
  return is_holder(name, holder) and ends and tonumber(ends) > now
end

local function change(name, ...)
  redis.call('HSET', record(name), ...)
  redis.call('HINCRBY', record(name), 'version', 1)
end

local function count(name, what, by)
  redis.call('HINCRBY', record(name), what, whole(by))
  redis.call('HINCRBY', TOTALS, what, whole(by))
end

local function make_idle(name)
  redis.call('ZREM', HELD, name)
  redis.call('ZADD', IDLE, redis.call('HGET', record(name), 'last_active') or 0, name)
end

-- Those whose leases are over can be had again.
local function free_lapsed()
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', HELD, '-inf', whole(now))) do make_idle(name) end
end

-- What an owner is to renew: one character may have been claimed twice by it, for two seats.
local function note_hold(name, holder)
  redis.call('HSET', ask.holds .. ask.owner, holder .. ' ' .. name, ask.game .. ' ' .. ask.player)
end

local function hold(name, holder)
  redis.call('ZREM', IDLE, name)
  redis.call('ZADD', HELD, whole(now + ask.lease_ms), name)
  note_hold(name, holder)
end

-- A seat whose lease is over claims its character again if nobody else has: under a new fence, which the seat's binding
-- names in the same step. Returns the new holder, nil if the binding does not name the old one.
local function claim_again(name, holder, game, player)
  local fence, token = string.match(holder, '^(%d+) (%S+)$')
  local bindings = ask.bindings .. game
  local binding = redis.call('HGET', bindings, player) or ''
  local function lease() return '"fence":' .. fence .. ',"token":"' .. token .. '"' end
  local first, last = string.find(binding, lease(), 1, true)
  if not first then return nil end
  fence = whole(redis.call('HINCRBY', record(name), 'fence', 1))
  redis.call('HSET', bindings, player, string.sub(binding, 1, first - 1) .. lease() .. string.sub(binding, last + 1))
  change(name, 'holder', fence .. ' ' .. token, 'owner', ask.owner, 'last_active', whole(now))
  redis.call('ZREM', IDLE, name)
  redis.call('ZADD', HELD, whole(now + ask.lease_ms), name)
  redis.call('HDEL', ask.holds .. ask.owner, holder .. ' ' .. name)
  redis.call('HSET', ask.holds .. ask.owner, fence .. ' ' .. token .. ' ' .. name, game .. ' ' .. player)
  return fence .. ' ' .. token
end

-- The first of these names that nobody has, or one with a number that nobody ever had.
local function reserve(names)
  for _, name in ipairs(names) do
    if redis.call('SADD', NAMES, string.lower(name)) == 1 then return name end
  end
  while true do
    local name = string.sub(names[1], 1, 20) .. ' ' .. redis.call('INCR', COUNTER)
    if redis.call('SADD', NAMES, string.lower(name)) == 1 then return name end
  end
end

-- A record, of somebody who has done nothing yet and so comes before those that have.
local function create(name, horses, profile, ...)
  local key = string.lower(name)
  change(key, 'name', name, 'status', 'living', 'created_at', whole(now), ...)
  if #horses > 0 then redis.call('HSET', record(key), 'horse_name', reserve(horses)) end
  if profile and profile ~= cjson.null then redis.call('HSET', record(key), 'brain_profile', profile) end
  redis.call('ZADD', IDLE, 0, key)
  redis.call('HINCRBY', TOTALS, 'characters', 1)
  return key
end

local function retire(name)
  redis.call('ZREM', IDLE, name)
  redis.call('ZREM', HELD, name)
  redis.call('ZADD', RETIRED, whole(now), name)
  change(name, 'status', 'retired', 'retired_at', whole(now), 'holder', '', 'owner', '')
end

-- Whether one more may live. If not, and that is wanted, the least recently active that nobody has is retired.
local function make_room()
  free_lapsed()
  while redis.call('ZCARD', IDLE) + redis.call('ZCARD', HELD) >= ask.limit do
    -- Then those that have never played, heirs the last.
    local oldest = redis.call('ZRANGEBYSCORE', IDLE, '(0', '+inf', 'LIMIT', 0, 1)[1] or redis.call('ZRANGE', IDLE, -1, -1)[1]
    if ask.on_limit ~= 'retire' or not oldest then return false end
    retire(oldest)
  end
  return true
end

-- How far knowledge goes is settled by the first who asks.
local function other_mode()
  redis.call('HSETNX', META, 'mode', ask.mode)
  local mode = redis.call('HGET', META, 'mode')
  return mode ~= ask.mode and mode
end
