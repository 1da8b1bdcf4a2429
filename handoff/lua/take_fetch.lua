-- A file to fetch, for one desk: nobody else gets it before `busy` ms have gone. KEYS: files to fetch. ARGV: busy ms
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, 1)
if not due[1] then return false end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[1])), due[1])
return due[1]
