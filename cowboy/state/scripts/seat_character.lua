-- A bot is ready to play as a character: its instance renews the lease from now on, and the game counts, once.
--
-- KEYS  1 to 8: the roster (`shared/roster.lua`)
-- ARGV  1 what is asked for (JSON): record, holds, bindings, owner, name, holder, lease_ms, game, player
-- Answer  1, or 0 if another seat has the character by now: then the instance's next renewal tells it
--
-- A lease that is over by now is claimed again.

-- include roster

local is_had = is_holder(ask.name, ask.holder)
if is_had and owns(ask.name, ask.holder) then
  hold(ask.name, ask.holder)
elseif not (is_had and claim_again(ask.name, ask.holder, ask.game, ask.player)) then
  note_hold(ask.name, ask.holder)
  return 0
end
redis.call('HSET', record(ask.name), 'owner', ask.owner)
if field(ask.name, 'counted_game') ~= ask.game then
  change(ask.name, 'counted_game', ask.game)
  count(ask.name, 'games_played', 1)
end
return 1
