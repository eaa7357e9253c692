-- Keep the transcript of a turn.
--
-- KEYS  1 transcripts:<game>
-- ARGV  1 its place among those that are kept   2 transcript, packed   3 ttl_ms of them all
-- Answer  none

redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
