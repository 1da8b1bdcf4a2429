-- Shared by every script that touches one conversation; each script is this text followed by its own.
-- KEYS come from handoff/keys.py (of_conversation). ARGV[1] is the epoch, ARGV[2] the conversation's id.
-- redis.call raises on error and Lua scripts are atomic, so a script either did all of it or nothing that counts.

local EPOCH, CONV, LOG, OPS, LEASE, READY, BELL, OUT, OUT_BELL, WAITING, TICK, HANDLED, HELD, LOAD, BEATS,
      FEED, ALL, STATS, ERASED, LATER, COURIER, SENT, FILES, LINKS = unpack(KEYS)
local cid = ARGV[2]

-- After a flush or a restore, clients hold cursors that this database never gave out: stop instead of counting anew.
if redis.call('GET', EPOCH) ~= ARGV[1] then
  return redis.error_reply('EPOCH the database is not the one this process started with')
end

local clock = redis.call('TIME')
local now = string.format('%.0f', tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000))

local function get(field)
  return redis.call('HGET', CONV, field) or nil
end

local function number(field)
  return tonumber(redis.call('HGET', CONV, field) or '0')
end

local function exists()
  return redis.call('EXISTS', CONV) == 1
end

local function erased()
  return redis.call('EXISTS', ERASED) == 1
end

local function create(channel, push)
  redis.call('HSET', CONV, 'v', 1, 'owner', 'bot', 'fence', 0, 'seq', 0, 'answered', 0, 'asked', 0, 'episode', 0,
    'channel', channel, 'push', push, 'started', now, 'updated', now, 'priority', 1, 'delivered', 0)
end

-- A done operation's place in the log, or nil. `op` is the id with its author's prefix: no author can use another's.
local function done(op)
  local seq = redis.call('HGET', OPS, op)
  return seq and tonumber(seq) or nil
end

local function ring(bell)
  if redis.call('LLEN', bell) < 64 then redis.call('RPUSH', bell, '1') end
end

-- The one place that writes to a log. `body` is the text of a JSON object.
local function append(sender, kind, op, id, body)
  local seq = redis.call('HINCRBY', CONV, 'seq', 1)
  redis.call('XADD', LOG, seq .. '-0', 'v', 1, 'time', now, 'sender', sender, 'kind', kind, 'id', id,
    'fence', get('fence'), 'body', body)
  redis.call('HSET', OPS, op, seq)
  redis.call('HSET', CONV, 'updated', now)
  if sender == 'customer' then redis.call('HSET', CONV, 'heard', now) end
  redis.call('ZADD', ALL, now, cid)
  redis.call('XADD', FEED, 'MAXLEN', '~', 100000, '*', 'c', cid, 's', seq, 'k', kind, 'f', sender)
  if get('push') == '1' and sender ~= 'customer' and kind ~= 'note' then
    redis.call('ZADD', OUT, 'NX', redis.call('INCR', TICK), cid)
    ring(OUT_BELL)
  end
  if kind == 'message' and (sender == 'bot' or sender == 'agent') then redis.call('HDEL', CONV, 'unanswered') end
  return seq
end

-- How deliveries stand, and who the customer is, are no entries, but consoles show them: wake them.
local function announce_delivery()
  redis.call('XADD', FEED, 'MAXLEN', '~', 100000, '*', 'c', cid, 's', number('seq'), 'k', 'delivery', 'f', 'desk')
end

local function owe_turn()
  redis.call('ZADD', READY, 'NX', redis.call('INCR', TICK), cid)
  ring(BELL)
end

-- Two JSON objects as texts, made one: decoding and encoding again would turn [] into {} and round numbers.
local function merged(first, second)
  if second == '{}' or second == '' then return first end
  return string.sub(first, 1, -2) .. ',' .. string.sub(second, 2)
end

-- The one place where the owner changes: the fence goes up, the conversation leaves the place its old owner says and
-- enters that of the new one, every lease on it ends, and the log says so. `to` is bot, queue or agent:<id>.
local function own(to, cause, op, id, body)
  local from = get('owner')
  redis.call('HINCRBY', CONV, 'fence', 1)
  redis.call('HSET', CONV, 'owner', to)
  redis.call('DEL', LEASE)
  redis.call('ZREM', READY, cid)
  redis.call('ZREM', WAITING, cid)
  local held = redis.call('HGET', HELD, cid)
  if held then
    redis.call('HDEL', HELD, cid)
    if redis.call('HINCRBY', LOAD, held, -1) <= 0 then redis.call('HDEL', LOAD, held) end
    redis.call('HDEL', CONV, 'agent_name')
  end

  local head
  if to == 'queue' then
    local place = get('place') or redis.call('INCR', TICK)
    local since = get('since') or get('unanswered') or now
    redis.call('HSET', CONV, 'place', place, 'since', since)
    redis.call('ZADD', WAITING, (3 - number('priority')) * 1099511627776 + tonumber(place), cid)
    local position = redis.call('ZRANK', WAITING, cid) + 1
    head = '{"owner":"queue","cause":"' .. cause .. '","position":' .. position .. '}'
  elseif to == 'bot' then
    head = '{"owner":"bot","cause":"' .. cause .. '"}'
    if get('claimed') and string.sub(from, 1, 6) == 'agent:' then
      redis.call('LPUSH', HANDLED, tonumber(now) - number('claimed'))
      redis.call('LTRIM', HANDLED, 0, 199)
    end
    redis.call('HDEL', CONV, 'place', 'since', 'reason', 'unanswered', 'claimed')
    redis.call('HSET', CONV, 'priority', 1)
  else
    local agent = string.sub(to, 7)
    redis.call('HSET', HELD, cid, agent)
    redis.call('HINCRBY', LOAD, agent, 1)
    redis.call('HSET', CONV, 'claimed', now, 'agent_name', cjson.decode(body).name)
    head = '{"owner":"agent","agent":' .. cjson.encode(agent) .. ',"cause":"' .. cause .. '"}'
  end
  local seq = append('desk', 'owner', op, id, merged(head, body))
  -- What was said before belongs to the person who has dealt with it: the bot starts after the marker.
  if to == 'bot' then redis.call('HSET', CONV, 'answered', seq, 'episode', seq) end
  return seq
end

local function request(op, id, reason, priority, body)
  redis.call('HSET', CONV, 'reason', reason, 'priority', priority)
  return own('queue', 'handoff', op, id, body)
end
