-- A customer of a platform comes in: their conversation, made when it is not there yet.
-- channel, external id, key of the mapping, language or '', name or ''
local channel, external, mapping, lang, name = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
if erased() then
  if redis.call('GET', mapping) == cid then redis.call('DEL', mapping) end
  return {'ERASED', 0}
end
if not exists() then
  create(channel, '1')
  redis.call('HSET', CONV, 'external', external, 'mapping', mapping)
  if lang ~= '' then redis.call('HSET', CONV, 'lang', lang) end
end
if name ~= '' then redis.call('HSET', CONV, 'name', name) end
return {'OK', number('seq'), get('owner')}
