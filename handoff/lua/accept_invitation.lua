-- Makes the account that a one-time link was for, and uses the link up. A taken name leaves the link as it is.
-- KEYS: invitation, account, accounts, admins. ARGV: id, name, password's hash
local INVITATION, ACCOUNT, ACCOUNTS, ADMINS = unpack(KEYS)
local id, name, hash = unpack(ARGV)
local role = redis.call('HGET', INVITATION, 'role')
if not role then return 'GONE' end
-- The links printed at start-up are for the first admin only.
if redis.call('HGET', INVITATION, 'first') == '1' and redis.call('SCARD', ADMINS) > 0 then return 'GONE' end
if redis.call('EXISTS', ACCOUNT) == 1 then return 'TAKEN' end
redis.call('HSET', ACCOUNT, 'v', 1, 'name', name, 'role', role, 'hash', hash, 'made', redis.call('TIME')[1])
redis.call('SADD', ACCOUNTS, id)
if role == 'admin' then redis.call('SADD', ADMINS, id) end
redis.call('DEL', INVITATION)
return 'OK'
