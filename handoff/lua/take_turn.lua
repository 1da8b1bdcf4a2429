-- Leases the conversation that has owed a bot turn longest, and returns what the turn needs in one round trip.
-- KEYS: epoch, ready, tick. ARGV: epoch, prefix of conversations, token, lease ms, most entries
local EPOCH, READY, TICK = KEYS[1], KEYS[2], KEYS[3]
local prefix, token, lease, most = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if redis.call('GET', EPOCH) ~= ARGV[1] then
  return redis.error_reply('EPOCH the database is not the one this process started with')
end
-- Those in work stand behind those that wait (see below), so the first without a lease is found at once.
for _, cid in ipairs(redis.call('ZRANGE', READY, 0, 199)) do
  local conv = prefix .. cid
  local state = redis.call('HMGET', conv, 'owner', 'answered', 'fence', 'lang', 'name', 'channel', 'episode', 'asked')
  if state[1] ~= 'bot' or tonumber(state[8]) <= tonumber(state[2]) then
    redis.call('ZREM', READY, cid)
  elseif redis.call('SET', conv .. ':lease', token, 'NX', 'PX', lease) then
    redis.call('ZADD', READY, 'XX', redis.call('INCR', TICK), cid)
    local entries = redis.call('XRANGE', conv .. ':log', (tonumber(state[2]) + 1) .. '-0', '+', 'COUNT', most)
    return {cid, state[3], state[4] or '', state[5] or '', state[6], state[7], entries}
  end
end
return false
