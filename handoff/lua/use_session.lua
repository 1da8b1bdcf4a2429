-- Whose session it is, or false when it has ended; using it puts off its idle end, never its last one.
-- KEYS: session. ARGV: idle ms, longest ms
local found = redis.call('HMGET', KEYS[1], 'agent', 'started')
if not found[1] then return false end
local clock = redis.call('TIME')
local left = tonumber(found[2]) + tonumber(ARGV[2]) - (tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000))
if left <= 0 then
  redis.call('DEL', KEYS[1])
  return false
end
redis.call('PEXPIRE', KEYS[1], math.min(left, tonumber(ARGV[1])))
return found[1]
