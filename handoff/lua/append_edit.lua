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
return {'OK', append('customer', 'edit', op, id, merged('{"of":' .. of .. '}', body))}
