-- Everything of a conversation, gone; a tombstone keeps late deliveries and late commits from bringing it back.
-- tombstone's life in seconds; '1' to erase only if it rests with the bot and is older than the next argument (ms)
local life, resting, before = ARGV[3], ARGV[4], ARGV[5]
if not exists() then return {'GONE', 0} end
if resting == '1' and (get('owner') ~= 'bot' or number('updated') >= tonumber(before) or redis.call('ZSCORE', READY, cid)) then
  return {'IN_USE', 0}
end
local held = redis.call('HGET', HELD, cid)
if held then
  redis.call('HDEL', HELD, cid)
  if redis.call('HINCRBY', LOAD, held, -1) <= 0 then redis.call('HDEL', LOAD, held) end
end
for _, list in ipairs({READY, OUT, LATER, WAITING, ALL}) do redis.call('ZREM', list, cid) end
-- Nobody else's log may go on saying who they were.
for _, id in ipairs(redis.call('HKEYS', LINKS)) do
  local link = cjson.decode(redis.call('HGET', LINKS, id))
  local other = link.first == cid and link.second or link.first
  redis.call('HDEL', string.sub(CONV, 1, -1 - #cid) .. other .. ':links', id)
end
local mapping = get('mapping')
if mapping and redis.call('GET', mapping) == cid then redis.call('DEL', mapping) end
redis.call('DEL', CONV, LOG, OPS, LEASE, COURIER, SENT, FILES, LINKS)
redis.call('SET', ERASED, '1', 'EX', life)
redis.call('XADD', FEED, 'MAXLEN', '~', 100000, '*', 'c', cid, 's', 0, 'k', 'erased', 'f', 'desk')
return {'OK', 0}
