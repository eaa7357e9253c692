-- Give characters back.
--
-- KEYS  1 to 8: the roster (`shared/roster.lua`)
-- ARGV  1 what is asked for (JSON): record, holds; leases, pairs of name and holder; or owner, for all that it holds
-- Answer  names of those that were given back; what others have by now stays theirs

-- include roster

local released = {}
local function release(name, holder)
  if not is_holder(name, holder) then return end
  redis.call('HDEL', ask.holds .. field(name, 'owner'), holder .. ' ' .. name)
  change(name, 'holder', '', 'owner', '', 'last_active', whole(now))
  if field(name, 'status') == 'living' then make_idle(name) end
  released[#released + 1] = field(name, 'name')
end

for _, lease in ipairs(ask.leases) do release(lease[1], lease[2]) end
if ask.owner then
  for _, lease in ipairs(redis.call('HKEYS', ask.holds .. ask.owner)) do
    local holder, name = string.match(lease, '^(%d+ %S+) (.*)$')
    release(name, holder)
  end
  redis.call('DEL', ask.holds .. ask.owner)
end
return released
