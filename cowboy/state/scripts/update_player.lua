-- Change what is kept of a bot, if it still sits on its seat.
--
-- KEYS  1 bindings:<game>   2 player:<bot>
-- ARGV  1 player_id   2 bot_id   3 the change (JSON): {turn, lesson, spoke, set = {field: text},
--       add = {field: number}}; without `turn` or `lesson` it is not about one
-- Answer  1, or 0 if another bot sits there by now, or nobody; if the turn was counted already; or if the lesson is
--   not the bot's latest
--
-- A bot that was taken off its seat, or whose game is over, gets no key again from a worker that was still playing for
-- it.

local binding_json = redis.call('HGET', KEYS[1], ARGV[1])
if not binding_json then return 0 end
local binding = cjson.decode(binding_json)
if binding.bot_id ~= ARGV[2] then return 0 end

local change = cjson.decode(ARGV[3])
if change.lesson and change.lesson ~= binding.lesson then return 0 end
if change.turn then
  local last = redis.call('HGET', KEYS[2], 'turn_no')
  if last and tonumber(last) >= change.turn then return 0 end
  redis.call('HSET', KEYS[2], 'turn_no', string.format('%d', change.turn))
end
for field, number in pairs(change.add) do redis.call('HINCRBY', KEYS[2], field, string.format('%d', number)) end
for field, text in pairs(change.set) do redis.call('HSET', KEYS[2], field, text) end
if change.spoke then redis.call('HSET', KEYS[2], 'spoke_at', redis.call('HGET', KEYS[2], 'turns')) end
return 1
