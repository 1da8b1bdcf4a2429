-- Written before a platform is asked: whoever finds it later knows that the outcome may be unknown.
-- token, seq, part
local token, seq, part = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
if not exists() then return {'GONE', 0} end
if redis.call('GET', COURIER) ~= token then return {'LOST', 0} end
if number('delivered') >= seq or number('part') > part then return {'DONE', 0} end
redis.call('HSET', CONV, 'sending', seq .. '.' .. part)
return {'OK', seq}
