-- What an agent says to the customer: only from the one who owns the conversation.
-- agent, id, body
local agent, id, body = ARGV[3], ARGV[4], ARGV[5]
local op = 'a:' .. agent .. ':' .. id
if not exists() then return {'GONE', 0} end
local seq = done(op)
if seq then return {'DUPLICATE', seq} end
if get('owner') ~= 'agent:' .. agent then return {'NOT_OWNER', 0, get('owner')} end
return {'OK', append('agent', 'message', op, id, body)}
