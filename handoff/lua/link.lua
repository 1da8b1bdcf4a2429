-- Two conversations are one person's: an edge between them, known at both ends.
-- KEYS: the two conversations, their links. ARGV: id, text of the link
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[4], ARGV[1], ARGV[2])
return 1
