-- Count what an answer cost, for the bot, its game and its profile's day.
--
-- KEYS  1 usage:<game>   2 spent:<profile>:<day>   3 failures:<provider>
-- ARGV  1 bot_id   2 tokens in   3 tokens out   4 cost (millionths)   5 ttl of `usage` (s)   6 ttl of `spent` (s)
--       7 '1' if there was an answer: what failed before it is forgotten
-- Answer  nothing

local figures = {tokens_in = ARGV[2], tokens_out = ARGV[3], cost = ARGV[4], answers = ARGV[7]}
for name, count in pairs(figures) do
  if count ~= '0' then
    redis.call('HINCRBY', KEYS[1], ARGV[1] .. ' ' .. name, count)
    redis.call('HINCRBY', KEYS[1], name, count)
    redis.call('HINCRBY', KEYS[2], name, count)
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[6])
if ARGV[7] == '1' then redis.call('DEL', KEYS[3]) end
