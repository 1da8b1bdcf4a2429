-- This entry will never be delivered: go on with the next, and tell the agents.
-- token, seq, id and body of the notice, '1' to write it
local token, seq, id, body, tell = ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7]
if not exists() then return {'GONE', 0} end
if redis.call('GET', COURIER) ~= token then return {'LOST', 0} end
if number('delivered') >= seq then return {'DONE', 0} end
redis.call('HSET', CONV, 'delivered', seq)
redis.call('HDEL', CONV, 'part', 'sending', 'unsure', 'doubts', 'tries', 'trouble')
redis.call('HINCRBY', STATS, 'not_delivered', 1)
local op = 'd:' .. id
if tell == '1' and not done(op) then append('desk', 'notice', op, id, body) end
return {'OK', seq}
