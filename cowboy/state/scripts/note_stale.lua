-- Keep the record of a decision that was made too late: its turn is over, and nobody has played it.
--
-- KEYS  1 claim:<game>   2 records:<game>   3 table:<game>
-- ARGV  1 turn_no   2 record (JSON)   3 records to keep   4 ttl_ms of the records
-- Answer  1, or 0 if the turn is still on, somebody has decided it, or the game is over
--
-- Time is Redis's own.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local open_turn, deadline = unpack(redis.call('HMGET', KEYS[3], 'turn_no', 'deadline_ms'))
if not open_turn or open_turn == ARGV[1] and now < tonumber(deadline) then return 0 end
local turn, decision = unpack(redis.call('HMGET', KEYS[1], 'turn_no', 'decision'))
if turn == ARGV[1] and decision then return 0 end
for _, record in ipairs(redis.call('LRANGE', KEYS[2], -20, -1)) do
  if cjson.decode(record).turn_no == tonumber(ARGV[1]) then return 0 end
end
redis.call('RPUSH', KEYS[2], ARGV[2])
redis.call('LTRIM', KEYS[2], -tonumber(ARGV[3]), -1)
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1
