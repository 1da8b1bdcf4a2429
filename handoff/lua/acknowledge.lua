-- A part of an entry is with the platform. Without a token it is the platform's own echo that says so.
-- token or '', seq, part, last ('1': nothing more of this entry), the platform's id or ''
local token, seq, part, last, platform = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6], ARGV[7]
if not exists() then return {'GONE', 0} end
if platform ~= '' then redis.call('HSET', SENT, platform, seq) end
if token ~= '' and redis.call('GET', COURIER) ~= token then return {'LOST', 0} end
if number('delivered') >= seq or number('part') > part then return {'DONE', 0} end
-- An echo is no proof for what stands before it: only for the very part that was being sent.
if token == '' and get('sending') ~= seq .. '.' .. part and get('unsure') ~= seq .. '.' .. part then return {'DONE', 0} end
if last == '1' then
  redis.call('HSET', CONV, 'delivered', seq)
  redis.call('HDEL', CONV, 'part')
else
  redis.call('HSET', CONV, 'part', part + 1)
end
if get('trouble') then announce_delivery() end
redis.call('HDEL', CONV, 'sending', 'unsure', 'doubts', 'tries', 'trouble')
return {'OK', seq}
