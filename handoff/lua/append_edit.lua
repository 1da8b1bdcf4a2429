-- The customer replaces the text of an earlier message, which `target` (its id) names.
-- id, target, body
local id, target, body = ARGV[3], ARGV[4], ARGV[5]
local op = 'c:' .. id
if erased() then return {'ERASED', 0} end
if not exists() then return {'GONE', 0} end
local seq = done(op)
if seq then return {'DUPLICATE', seq} end
local of = done('c:' .. target)
if not of then return {'UNKNOWN', 0} end
-- That message may have come in through this very edit, when nothing was known of what it replaces.
for _, entry in ipairs(redis.call('XRANGE', LOG, of .. '-0', of .. '-0')) do
  for i = 1, #entry[2], 2 do
    local said = entry[2][i] == 'body' and cjson.decode(entry[2][i + 1])
    if said and said.internal and said.internal.edit == id then return {'DUPLICATE', of} end
  end
end
return {'OK', append('customer', 'edit', op, id, merged('{"of":' .. of .. '}', body))}
