-- A game is over, and its talk with it. Its topic may go after a while.
--
-- KEYS  1 talk_due   2 talk_closing   3 talk_muted   4 and on: the keys of the talk and its history
-- ARGV  1 game_id   2 ms until the topic may go   3 and on: what may have been muted with it
-- Answer 1 if there was any talk, else 0

redis.call('ZREM', KEYS[1], ARGV[1])
for index = 3, #ARGV do redis.call('SREM', KEYS[3], ARGV[index]) end
local had_talk = redis.call('EXISTS', KEYS[4]) == 1
for index = 4, #KEYS do redis.call('DEL', KEYS[index]) end
if not had_talk then return 0 end
local time = redis.call('TIME')
redis.call('ZADD', KEYS[2], string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2]), ARGV[1])
return 1
