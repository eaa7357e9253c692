-- Have the mark that a request is being carried out last anew.
--
-- KEYS  1 answer:<key>
-- ARGV  1 the mark as it was set (JSON)   2 its time to live (ms)
-- Answer  1, or 0 if it had expired, or the request is answered

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
