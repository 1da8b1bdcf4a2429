-- A bot turn, whole or not at all: replies, cursor and, where the turn decided so, the handoff.
-- token, fence, upto, last ('1' gives the lease back), reason or '', priority, handoff body, language or '', then the replies' bodies
local token, fence, upto, last = ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]
local reason, priority, handoff, lang = ARGV[7], ARGV[8], ARGV[9], ARGV[10]
local turn = upto .. ':' .. token
if not exists() then return {'FENCED', 0} end
if get('turn') == turn then return {'REPEATED', number('seq')} end
if get('owner') ~= 'bot' or get('fence') ~= fence or redis.call('GET', LEASE) ~= token or number('answered') >= upto then
  redis.call('HINCRBY', STATS, 'suppressed_turns', 1)
  redis.call('HINCRBY', STATS, 'suppressed_messages', #ARGV - 10)
  return {'FENCED', 0}
end
-- Kept before the replies are written: the wait began with the message that this turn does not settle.
local unanswered = get('unanswered')
local id
for i = 11, #ARGV do
  id = 't-' .. upto .. '.' .. (i - 11)
  append('bot', 'message', 'b:' .. id, id, ARGV[i])
end
redis.call('HSET', CONV, 'answered', upto, 'turn', turn)
if lang ~= '' then redis.call('HSET', CONV, 'lang', lang) end
if reason ~= '' then
  if unanswered then redis.call('HSET', CONV, 'unanswered', unanswered) end
  id = 't-' .. upto .. '.handoff'
  request('b:' .. id, id, reason, priority, handoff)
elseif number('asked') > upto then
  redis.call('HSETNX', CONV, 'unanswered', now)
  if last == '1' then
    redis.call('DEL', LEASE)
    redis.call('ZADD', READY, redis.call('INCR', TICK), cid)
    ring(BELL)
  end
else
  redis.call('ZREM', READY, cid)
  redis.call('DEL', LEASE)
end
return {'DONE', number('seq')}
