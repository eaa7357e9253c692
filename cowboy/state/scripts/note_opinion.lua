-- Keep what a character's model noted for itself, the last note of each game; without a note, let older ones fade.
--
-- KEYS  1 opinions:<name>   2 character:<name>   3 characters:held
-- ARGV  1 name, in lower case   2 holder   3 game_id   4 the opinion (JSON with its `game_id`), '' for a game that is over
--       5 how many games are kept
-- Answer  1, or 0 if nothing changed

-- include ownership

if not owns(KEYS[2], KEYS[3], ARGV[1], ARGV[2]) then return 0 end
local latest = redis.call('LINDEX', KEYS[1], 0)
local same = latest and cjson.decode(latest).game_id == ARGV[3]
if ARGV[4] == '' then
  if same or not latest then return 0 end
  redis.call('LPUSH', KEYS[1], cjson.encode({ game_id = ARGV[3], turn_no = 0, text = '' }))
elseif same then
  redis.call('LSET', KEYS[1], 0, ARGV[4])
else
  redis.call('LPUSH', KEYS[1], ARGV[4])
end
redis.call('LTRIM', KEYS[1], 0, ARGV[5] - 1)
return 1
