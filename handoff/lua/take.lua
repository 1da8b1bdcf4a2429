-- queue -> agent (claimed) or bot -> agent (taken over, un-asked). One winner; never from another agent.
-- agent, id, from, cause, capacity, body
local agent, id, from, cause, capacity, body = ARGV[3], ARGV[4], ARGV[5], ARGV[6], tonumber(ARGV[7]), ARGV[8]
local op = 'o:' .. id
if not exists() then return {'GONE', 0} end
local owner = get('owner')
if owner == 'agent:' .. agent then return {'DUPLICATE', number('seq')} end
if done(op) then return {'LOST', done(op), owner} end
if owner ~= from then return {'TAKEN', 0, owner} end
if tonumber(redis.call('HGET', LOAD, agent) or '0') >= capacity then return {'FULL', 0} end
if from == 'bot' then redis.call('HSET', CONV, 'reason', 'takeover') end
return {'OK', own('agent:' .. agent, cause, op, id, body)}
