-- Put a new state of a game's talk in the place of the one that it was made from, with all that it tells.
--
-- KEYS  1 talk:<game>   2 talk_inbox:<game>   3 talk_history:<game>   4 talk_due   5 game:<game>
-- ARGV  1 game_id   2 state that it was made from (JSON), '' for none   3 new state (JSON)
--       4 how many of the inbox have been taken in   5 length of the history   6 and on: messages (JSON)
-- Answer 1 if it was stored; 0 if the state is another by now, or the game is over
--
-- A keeper has to look at it at once: it sends the messages on, and sees to the deadline.

if redis.call('EXISTS', KEYS[5]) == 0 then return 0 end
if (redis.call('HGET', KEYS[1], 'state') or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[3])
if tonumber(ARGV[4]) > 0 then redis.call('LTRIM', KEYS[2], ARGV[4], -1) end
for index = 6, #ARGV do
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[5], '*', 'message', ARGV[index])
end
redis.call('ZADD', KEYS[4], 0, ARGV[1])
return 1
