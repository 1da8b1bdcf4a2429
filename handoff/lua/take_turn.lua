-- Leases the conversation that has owed a bot turn longest, and returns what the turn needs in one round trip.
-- KEYS: epoch, ready, tick. ARGV: epoch, prefix of conversations, token, lease ms, most entries
local EPOCH, READY, TICK = KEYS[1], KEYS[2], KEYS[3]
local prefix, token, lease, most = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
if redis.call('GET', EPOCH) ~= ARGV[1] then
  return redis.error_reply('EPOCH the database is not the one this process started with')
end

local PAGE = 100

local function asked(fields)
  local is = {}
  for i = 1, #fields, 2 do is[fields[i]] = fields[i + 1] end
  return is['sender'] == 'customer' and is['kind'] == 'message'
end

-- The customer's messages after the bot's cursor, however much of others' (its own replies, notes) lies between.
local function questions(log, after)
  local found = {}
  repeat
    local page = redis.call('XRANGE', log, (after + 1) .. '-0', '+', 'COUNT', PAGE)
    for _, entry in ipairs(page) do
      after = tonumber(string.match(entry[1], '^%d+'))
      if #found < most and asked(entry[2]) then found[#found + 1] = entry end
    end
  until #page < PAGE or #found >= most
  return found
end

-- Those in work stand behind those that wait (see below), so the first without a lease is found at once.
for _, cid in ipairs(redis.call('ZRANGE', READY, 0, 199)) do
  local conv = prefix .. cid
  local state = redis.call('HMGET', conv, 'owner', 'answered', 'fence', 'lang', 'name', 'channel', 'episode', 'asked')
  if state[1] ~= 'bot' or tonumber(state[8]) <= tonumber(state[2]) then
    redis.call('ZREM', READY, cid)
  elseif redis.call('SET', conv .. ':lease', token, 'NX', 'PX', lease) then
    redis.call('ZADD', READY, 'XX', redis.call('INCR', TICK), cid)
    return {cid, state[3], state[4] or '', state[5] or '', state[6], state[7],
      questions(conv .. ':log', tonumber(state[2]))}
  end
end
return false
