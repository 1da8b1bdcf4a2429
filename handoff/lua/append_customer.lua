-- A customer's message, once per id, whatever the channel retries. Makes the conversation when it is the first.
-- id, body, channel, push, language or '', name or ''
local id, body, channel, push, lang, name = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local op = 'c:' .. id
if erased() then return {'ERASED', 0} end
local seq = done(op)
if seq then
  local entry = redis.call('XRANGE', LOG, seq .. '-0', seq .. '-0')[1]
  if entry then
    local fields = entry[2]
    for i = 1, #fields, 2 do
      if fields[i] == 'body' and cjson.decode(fields[i + 1]).text ~= cjson.decode(body).text then
        return {'CONFLICT', seq}
      end
    end
  end
  return {'DUPLICATE', seq}
end
if not exists() then create(channel, push) end
if lang ~= '' then redis.call('HSET', CONV, 'lang', lang) end
if name ~= '' then redis.call('HSET', CONV, 'name', name) end
redis.call('HSETNX', CONV, 'unanswered', now)
seq = append('customer', 'message', op, id, body)
redis.call('HSET', CONV, 'asked', seq)
if get('owner') == 'bot' then owe_turn() end
return {'OK', seq}
