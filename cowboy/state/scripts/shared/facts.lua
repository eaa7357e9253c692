-- A scope's facts: one field each (cowboy/characters/fact.py), `bytes` that all of them take up, `generation`.

local FACT = '^[vbdh] '

local function newer(one, other)
  if one.m ~= other.m then return one.m > other.m end
  if one.t ~= other.t then return one.t > other.t end
  if one.g ~= other.g then return one.g > other.g end
  return one.w > other.w
end

-- Both together, in the table of the first.
local function joined(one, other)
  for name, count in pairs(other.n) do one.n[name] = (one.n[name] or 0) + count end
  one.f = math.min(one.f, other.f)
  if newer(one, other) then
    one.l = one.l or other.l
  else
    one.g, one.t, one.w, one.m, one.k, one.l = other.g, other.t, other.w, other.m, other.k, other.l or one.l
  end
  return one
end

-- Add one fact to a scope. Returns the bytes that all its facts take up now.
local function add_fact(scope, field, fact)
  local known = redis.call('HGET', scope, field)
  local text = cjson.encode(known and joined(cjson.decode(known), fact) or fact)
  local grown = #text - (known and #known or -#field)
  redis.call('HSET', scope, field, text)
  return redis.call('HINCRBY', scope, 'bytes', grown)
end

local function wider(field)
  if field:sub(1, 1) == 'h' then return 'h *' end
  local kind, map, place = field:match('^(.) (.-) (.+)$')
  return place == '*' and kind .. ' * *' or kind .. ' ' .. map .. ' *'
end

-- Fold the oldest facts into wider ones until no more than so many bytes are left.
local function fold_facts(scope, folded_bytes)
  local facts, all = {}, redis.call('HGETALL', scope)
  for index = 1, #all, 2 do
    if all[index]:match(FACT) then facts[#facts + 1] = { all[index], cjson.decode(all[index + 1]).m } end
  end
  table.sort(facts, function(one, other)
    if one[2] ~= other[2] then return one[2] < other[2] end
    return one[1] < other[1]
  end)
  local left = tonumber(redis.call('HGET', scope, 'bytes'))
  for _, fact in ipairs(facts) do
    if left <= folded_bytes then break end
    local field, into = fact[1], wider(fact[1])
    if into ~= field then
      local text = redis.call('HGET', scope, field)
      redis.call('HDEL', scope, field)
      redis.call('HINCRBY', scope, 'bytes', -(#field + #text))
      local folded = cjson.decode(text)
      folded.l = nil
      left = add_fact(scope, into, folded)
    end
  end
end
