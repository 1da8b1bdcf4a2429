-- bot -> queue, from outside a turn: the customer's button, or the desk because no bot answers.
-- id, reason, priority, body, channel, push, language or '', `asked` of an unanswered message or ''
local id, reason, priority, body, channel, push, lang, overdue =
  ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10]
local op = 'o:' .. id
if erased() then return {'ERASED', 0} end
local seq = done(op)
if seq then return {'DUPLICATE', seq} end
if not exists() then
  if channel == '' then return {'GONE', 0} end
  create(channel, push)
  if lang ~= '' then redis.call('HSET', CONV, 'lang', lang) end
end
if get('owner') ~= 'bot' then return {'ALREADY', number('seq'), get('owner')} end
-- The bot may have answered since somebody found it silent: then nobody is waiting.
if overdue ~= '' and (get('asked') ~= overdue or number('answered') >= tonumber(overdue)) then
  return {'ALREADY', number('seq'), 'bot'}
end
return {'OK', request(op, id, reason, priority, body)}
