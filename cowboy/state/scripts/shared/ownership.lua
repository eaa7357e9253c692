-- Whether a seat has a character now: by the record nobody else has claimed it since, and its lease is not over.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function owns(record, held, name, holder)
  local ends = redis.call('HGET', record, 'holder') == holder and redis.call('ZSCORE', held, name)
  return ends and tonumber(ends) > now
end
