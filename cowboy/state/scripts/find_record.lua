-- Find the record that begins with the turn's number, as its JSON does.
--
-- KEYS  1 records:<game>
-- ARGV  1 how the record begins: {"turn_no":<n>,
-- Answer  the record (JSON), or nil
--
-- Records are nearly in the order of their turns, one for each at most, so that of turn n stands near the n-th place or
-- before it, and is looked for backwards from there, then in the rest.

local STEP = 100
local turn_no = tonumber(string.match(ARGV[1], '%d+'))

local function look(first, last)
    for _, record in ipairs(redis.call('LRANGE', KEYS[1], first, last)) do
        if string.sub(record, 1, #ARGV[1]) == ARGV[1] then return record end
    end
end

local length = redis.call('LLEN', KEYS[1])
local from = math.min(length, turn_no + STEP)
for last = from - 1, 0, -STEP do
    local record = look(math.max(0, last - STEP + 1), last)
    if record then return record end
end
return from < length and look(from, length - 1) or nil
