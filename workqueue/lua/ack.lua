-- Ends entries whose events are done with. It is a script and no transaction
-- because a Redis that is out of memory refuses every transaction, even one
-- that would free some, but lets a script begin with what frees it.
--
-- KEYS[1]  the stream
-- KEYS[2…] the sets of completed actions of the events, as far as there are any
-- ARGV[1]  the group
-- ARGV[2…] the entries' ids
-- Returns  how many entries were removed.
redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 2))
local n = redis.call('XDEL', KEYS[1], unpack(ARGV, 2))
if #KEYS > 1 then
  redis.call('DEL', unpack(KEYS, 2))
end
return n
