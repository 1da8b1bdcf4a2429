-- Who the customer is, as their platform says: only what nobody knows yet.
-- name or '', language or ''
local name, lang = ARGV[3], ARGV[4]
if not exists() then return {'GONE', 0} end
if name ~= '' then redis.call('HSETNX', CONV, 'name', name) end
if lang ~= '' then redis.call('HSETNX', CONV, 'lang', lang) end
announce_delivery()
return {'OK', 0}
