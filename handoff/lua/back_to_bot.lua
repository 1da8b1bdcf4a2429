-- queue -> bot: the customer cancels, has left, or nobody is on duty.
-- id, cause, body
local id, cause, body = ARGV[3], ARGV[4], ARGV[5]
local op = 'o:' .. id
if not exists() then return {'GONE', 0} end
local seq = done(op)
if seq then return {'DUPLICATE', seq} end
if get('owner') ~= 'queue' then return {'NOT_WAITING', 0, get('owner')} end
return {'OK', own('bot', cause, op, id, body)}
