-- Why the turns of a bot are not to be played: 'not_ready' or 'paused'; nil if they are.
-- A worker wants a bot that is READY. A keeper sends the safe default, for which it is enough that the bot once
-- acknowledged the present guide. `Binding.refusal` is the same in Python.
local function refusal_of(binding, is_keeper)
  local taught = is_keeper and binding.acknowledged == binding.game_guide_version
  if binding.status ~= 'READY' and not taught then return 'not_ready' end
  if #binding.pauses > 0 then return 'paused' end
end
