-- Not delivered for now: again after a while, whatever is said meanwhile, so that order is kept.
-- token, seq, part, ms, what is the matter, unsure ('1': the platform may have it)
local token, seq, part = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local delay, trouble, unsure = tonumber(ARGV[6]), ARGV[7], ARGV[8]
if not exists() then return {'GONE', 0} end
if redis.call('GET', COURIER) ~= token then return {'LOST', 0} end
-- An echo may have said meanwhile that it did arrive.
if number('delivered') >= seq or number('part') > part then return {'DONE', 0} end
redis.call('HINCRBY', CONV, 'tries', 1)
if unsure == '1' then
  redis.call('HINCRBY', CONV, 'doubts', 1)
  redis.call('HINCRBY', STATS, 'delivery_unknown', 1)
  redis.call('HSET', CONV, 'unsure', seq .. '.' .. part)
end
redis.call('HDEL', CONV, 'sending')
redis.call('HINCRBY', STATS, 'delivery_postponed', 1)
local changed = get('trouble') ~= trouble
redis.call('HSET', CONV, 'trouble', trouble)
redis.call('ZADD', LATER, string.format('%.0f', tonumber(now) + delay), cid)
redis.call('ZREM', OUT, cid)
redis.call('DEL', COURIER)
-- Consoles show that something is late: wake them as if an entry had come, they read and find none.
if changed then announce_delivery() end
return {'OK', number('tries')}
