-- Leases the conversation that has had something to deliver longest.
-- KEYS: epoch, out, later, tick, stats. ARGV: epoch, prefix of conversations, token, lease ms
local EPOCH, OUT, LATER, TICK, STATS = unpack(KEYS)
local prefix, token, lease = ARGV[2], ARGV[3], ARGV[4]
if redis.call('GET', EPOCH) ~= ARGV[1] then
  return redis.error_reply('EPOCH the database is not the one this process started with')
end
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
for _, cid in ipairs(redis.call('ZRANGEBYSCORE', LATER, '-inf', string.format('%.0f', now), 'LIMIT', 0, 100)) do
  redis.call('ZREM', LATER, cid)
  redis.call('ZADD', OUT, 'NX', redis.call('INCR', TICK), cid)
end
-- Those in work stand behind those that wait, as in take_turn, so the first without a lease is found at once.
for _, cid in ipairs(redis.call('ZRANGE', OUT, 0, 199)) do
  local conv = prefix .. cid
  local state = redis.call('HMGET', conv, 'channel', 'external', 'delivered', 'part', 'sending', 'doubts', 'tries', 'seq',
    'lang', 'heard')
  if not state[1] or tonumber(state[3]) >= tonumber(state[8]) or redis.call('ZSCORE', LATER, cid) then
    redis.call('ZREM', OUT, cid)
  elseif redis.call('SET', conv .. ':courier', token, 'NX', 'PX', lease) then
    redis.call('ZADD', OUT, 'XX', redis.call('INCR', TICK), cid)
    -- A sending that nobody ended: its courier died between asking the platform and writing down the answer.
    if state[5] then redis.call('HINCRBY', STATS, 'delivery_unknown', 1) end
    for i = 1, 10 do state[i] = state[i] or '' end
    return {cid, unpack(state)}
  end
end
return false
