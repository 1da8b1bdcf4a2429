-- One more attempt in a window that starts with the first. Returns how many, and the ms until the window ends.
-- KEYS: counter. ARGV: window ms
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
