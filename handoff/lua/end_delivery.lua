-- The courier lets go of the conversation: out of the list when nothing is left, else somebody may go on.
-- token
if redis.call('GET', COURIER) == ARGV[3] then redis.call('DEL', COURIER) end
if not exists() or number('delivered') >= number('seq') then
  redis.call('ZREM', OUT, cid)
elseif not redis.call('ZSCORE', LATER, cid) then
  redis.call('ZADD', OUT, 'NX', redis.call('INCR', TICK), cid)
  ring(OUT_BELL)
end
return {'OK', 0}
