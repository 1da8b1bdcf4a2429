-- The conversation of a platform's customer; the offered id becomes it when there is none. KEYS: mapping. ARGV: offered id
local known = redis.call('GET', KEYS[1])
if known then return known end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]
