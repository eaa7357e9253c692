-- Note that the decision of a turn stands on the input topic, and keep the turn's record.
--
-- KEYS  1 claim:<game>   2 records:<game>   3 table:<game>   4 due
-- ARGV  1 turn_no   2 id of the command   3 game_id   4 ms until the output topic must have shown it
--       5 record (JSON), '' for a second attempt   6 records to keep   7 ttl_ms of the records
-- Answer  1 if the record was kept, which happens once a turn. It takes the place of one that says that the turn was
--         decided too late: the turn stood after its time, and was played

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local turn, state, command, noted = unpack(redis.call('HMGET', KEYS[1], 'turn_no', 'state', 'command_id', 'noted'))
if turn == ARGV[1] then
  -- The output topic may have been faster than this note.
  if state == 'decided' and command == ARGV[2] then
    redis.call('HSET', KEYS[1], 'state', 'published')
    if redis.call('HGET', KEYS[3], 'turn_no') == ARGV[1] then
      redis.call('ZADD', KEYS[4], string.format('%d', now + tonumber(ARGV[4])), ARGV[3])
    end
  end
  if ARGV[5] == '' or noted then return 0 end
  redis.call('HSET', KEYS[1], 'noted', 1)
end
if turn ~= ARGV[1] or now >= tonumber(redis.call('HGET', KEYS[3], 'deadline_ms') or 0) then
  -- A note so late that the turn may have a record: the claim is another turn's or gone with the game, or somebody has
  -- decided too late.
  for back = -1, -20, -1 do
    local record = redis.call('LINDEX', KEYS[2], back)
    if record and cjson.decode(record).turn_no == tonumber(ARGV[1]) then
      if turn ~= ARGV[1] then return 0 end
      redis.call('LSET', KEYS[2], back, ARGV[5])
      return 1
    end
  end
end
if ARGV[5] == '' then return 0 end
redis.call('RPUSH', KEYS[2], ARGV[5])
redis.call('LTRIM', KEYS[2], -tonumber(ARGV[6]), -1)
redis.call('PEXPIRE', KEYS[2], ARGV[7])
return 1
