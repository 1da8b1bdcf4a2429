-- A note of an agent's (kind note) or a sentence of the desk's (kind notice).
-- sender, kind, id, body
local sender, kind, id, body = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local op = 'd:' .. id
if not exists() then return {'GONE', 0} end
local seq = done(op)
if seq then return {'DUPLICATE', seq} end
return {'OK', append(sender, kind, op, id, body)}
