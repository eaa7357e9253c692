-- Whether a seat has a character now: by the record nobody else has claimed it since, and its lease is not over.
local function owns(record, held, name, holder)
  local ends = redis.call('HGET', record, 'holder') == holder and redis.call('ZSCORE', held, name)
  local time = redis.call('TIME')
  return ends and tonumber(ends) > time[1] * 1000 + math.floor(time[2] / 1000)
end
