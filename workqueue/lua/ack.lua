-- Ends entries whose events are done with. It is a script and no transaction
-- because a Redis that is out of memory refuses every transaction, even one
-- that would free some, but lets a script begin with what frees it.
--
-- KEYS[1]  the stream
-- KEYS[2…] the sets of completed steps of the first of the events, as far as
--          there are any
-- ARGV[1]  the group
-- ARGV[2…] the entries' ids, first of the events with such a set, in their order
-- Returns  how many entries were removed.
--
-- A set goes with its event's entry only. When that is gone, somebody else had
-- the event, and it may wait for its next attempt, which needs the set.
redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 2))
local n = 0
for i = 2, #KEYS do
  if redis.call('XDEL', KEYS[1], ARGV[i]) == 1 then
    redis.call('DEL', KEYS[i])
    n = n + 1
  end
end
if #ARGV > #KEYS then
  n = n + redis.call('XDEL', KEYS[1], unpack(ARGV, #KEYS + 1))
end
return n
