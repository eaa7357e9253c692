-- Give a bot leave to ask a provider's model once, or say why not: GCRA, the generic cell rate algorithm, and budgets.
--
-- KEYS  1 usage:<game>   2 spent:<profile>:<day>   3 resting:<provider>   4 bucket:<provider>
-- ARGV  1 bot_id   2, 3, 4 budget in tokens of the bot, the game, the profile's day; each 0 for none
--       5 ms for which one request comes free, 0 for no bound   6 how many may go at once   7 longest wait (ms)   8 ttl of `usage` (s)
-- Answer {verdict, ms, of}
--   admitted   after that many ms, which are set aside for it
--   resting    not for that many ms
--   busy       not for that many ms, which is longer than the longest wait; nothing is set aside
--   spent      not at all: the budget `of` the bot, the game or the day is
--
-- GCRA keeps of a provider's bucket only the time at which it is full again (its theoretical arrival time), so nothing
-- has to fill it: each request moves that time on by the emission interval (ARGV 5), and may go when that time is no
-- further ahead than the burst (ARGV 6) allows. A request that has to wait has its place already, so all go in order.
-- Budgets are looked at before, and counted after an answer (count_usage.lua): answers on their way may exceed them.
-- Time is Redis's own; no worker's clock takes part.

local bot = ARGV[1]

local function spent(key, prefix, budget)
  if budget == '0' then return false end
  local tokens = redis.call('HMGET', key, prefix .. 'tokens_in', prefix .. 'tokens_out')
  return tonumber(tokens[1] or 0) + tonumber(tokens[2] or 0) >= tonumber(budget)
end

local of = (spent(KEYS[1], bot .. ' ', ARGV[2]) and 'bot') or (spent(KEYS[1], '', ARGV[3]) and 'game')
  or (spent(KEYS[2], '', ARGV[4]) and 'day')
if of then
  for _, field in ipairs({bot .. ' refused', 'refused'}) do redis.call('HINCRBY', KEYS[1], field, 1) end
  redis.call('EXPIRE', KEYS[1], ARGV[8])
  redis.call('HINCRBY', KEYS[2], 'refused', 1)
  return {'spent', 0, of}
end

local rest = redis.call('PTTL', KEYS[3])
if rest > 0 then return {'resting', rest, ''} end

local interval = tonumber(ARGV[5])
if interval == 0 then return {'admitted', 0, ''} end
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local full = math.max(now, tonumber(redis.call('GET', KEYS[4]) or 0))
local wait = math.max(0, math.ceil(full - now - interval * (tonumber(ARGV[6]) - 1)))
if wait > tonumber(ARGV[7]) then return {'busy', wait, ''} end
full = full + interval
redis.call('SET', KEYS[4], string.format('%.3f', full), 'PX', math.ceil(full - now))
return {'admitted', wait, ''}
