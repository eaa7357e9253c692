-- Put the answer in the place of the mark that its request is being carried out, or take the mark away.
--
-- KEYS  1 answer:<key>
-- ARGV  1 the mark as it was set (JSON)   2 the answer (JSON), or '' for none   3 its time to live (s)
-- Answer  1, or 0 if the mark had expired, also if another request has set one since

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3]) end
return 1
