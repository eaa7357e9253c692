-- Take bots off their seats: all of a game and the game with them, or those that a new plan leaves out.
--
-- KEYS  1 bindings:<game>   2 stopped:<game>   3 bots   4 seats   5 lessons   6 games   7 leases   8 due
--       9 and on: keys that go with these bots, or with the game
-- ARGV  1 game_id   2 ttl of `stopped` (s)   3 `game` if the game goes, too, or `bots`
--       4 and on, by threes: player_id, bot_id, the binding as it is kept (JSON)
-- Answer  how many bots that were; one that is on no seat any more does not count

local stopped = 0
for index = 4, #ARGV, 3 do
  local player, bot, kept = ARGV[index], ARGV[index + 1], ARGV[index + 2]
  local seat = ARGV[1] .. ' ' .. player
  if redis.call('HDEL', KEYS[1], player) == 1 then
    stopped = stopped + 1
    redis.call('HSET', KEYS[2], bot, kept)
    redis.call('EXPIRE', KEYS[2], ARGV[2])
  end
  redis.call('HDEL', KEYS[3], bot)
  redis.call('HDEL', KEYS[4], seat)
  redis.call('ZREM', KEYS[5], seat)
end
if ARGV[3] == 'game' then
  redis.call('SREM', KEYS[6], ARGV[1])
  -- With its lease goes what a bridge has read of it and not stored yet.
  redis.call('HDEL', KEYS[7], ARGV[1])
  redis.call('ZREM', KEYS[8], ARGV[1])
end
for index = 9, #KEYS do redis.call('DEL', KEYS[index]) end
return stopped
