-- KEYS: the links of both conversations. ARGV: id. 1 when there was such a link.
return math.max(redis.call('HDEL', KEYS[1], ARGV[1]), redis.call('HDEL', KEYS[2], ARGV[1]))
