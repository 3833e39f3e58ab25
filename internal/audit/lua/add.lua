-- Adds an entry to the audit, in place of the one that recorded the act's beginning.
--
-- KEYS[1]  the stream of entries
-- KEYS[2]  the list of the ids of refused logins, the oldest first
-- ARGV[1]  how many entries are kept
-- ARGV[2]  how many refused logins are kept if this is one, otherwise 0
-- ARGV[3]  the id of the entry that it replaces, "" for none
-- ARGV[4]  ... the fields and values
-- Returns  the id of the new entry.
--
-- It begins with a write that needs no memory, so a full Redis takes the rest: an operator who
-- cannot act could not empty it. The number of entries is bounded.
redis.call('PERSIST', KEYS[1])
if ARGV[3] ~= '' then
  redis.call('XDEL', KEYS[1], ARGV[3])
end
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', unpack(ARGV, 4))
local bound = tonumber(ARGV[2])
if bound > 0 then
  redis.call('RPUSH', KEYS[2], id)
  while redis.call('LLEN', KEYS[2]) > bound do
    redis.call('XDEL', KEYS[1], redis.call('LPOP', KEYS[2]))
  end
end
return id
