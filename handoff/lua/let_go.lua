-- agent -> queue (released, transferred, escalated) or agent -> bot (resolved), by the agent who owns it.
-- agent, id, to, cause, body
local agent, id, to, cause, body = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local op = 'o:' .. id
if not exists() then return {'GONE', 0} end
local seq = done(op)
if seq then return {'DUPLICATE', seq} end
if get('owner') ~= 'agent:' .. agent then return {'NOT_OWNER', 0, get('owner')} end
return {'OK', own(to, cause, op, id, body)}
