-- Note that the decision of a turn stands on the input topic, and keep the turn's record.
--
-- KEYS  1 claim:<game>   2 records:<game>
-- ARGV  1 turn_no   2 record (JSON)   3 records to keep   4 ttl_ms of the records
-- Answer  1, or 0 if another holder noted it first; the record is kept once

local turn, state = unpack(redis.call('HMGET', KEYS[1], 'turn_no', 'state'))
if turn == ARGV[1] then
  if state == 'published' then return 0 end
  redis.call('HSET', KEYS[1], 'state', 'published')
end
redis.call('RPUSH', KEYS[2], ARGV[2])
redis.call('LTRIM', KEYS[2], -tonumber(ARGV[3]), -1)
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1
