-- agent -> queue because the agent's consoles stopped beating: only if the beat is still the one that was observed.
-- agent, id, observed beat or ''
local agent, id, observed = ARGV[3], ARGV[4], ARGV[5]
if not exists() then return {'GONE', 0} end
if (redis.call('HGET', BEATS, agent) or '') ~= observed then return {'BEATS', 0} end
if get('owner') ~= 'agent:' .. agent then return {'NOT_OWNER', 0, get('owner')} end
local body = '{"agent":' .. cjson.encode(agent) .. ',"name":' .. cjson.encode(get('agent_name') or '') .. '}'
return {'OK', own('queue', 'lost', 'o:' .. id, id, body)}
