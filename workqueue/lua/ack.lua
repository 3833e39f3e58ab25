-- Acknowledges and deletes the entries of complete events. It is a script and no
-- transaction because a Redis that is out of memory refuses every transaction, even
-- one that would free some, but runs a script that begins with a command that frees it.
--
-- KEYS[1]  the stream
-- KEYS[2]  the stream of outcomes
-- KEYS[3…] the sets of completed steps of the events that may have some
-- ARGV[1]  the group
-- ARGV[2]  how many outcomes are kept
-- ARGV[3]  for how many milliseconds after the last
-- ARGV[4]  how many entries there are
-- ARGV[5…] the entries' ids; those of the events with such a set come first, in the
--          order of the sets; then the outcomes to be kept
-- Returns  how many entries were removed.
--
-- A set is deleted only with its event's entry. If the entry is gone, another consumer
-- had the event, which may wait for a retry that needs the set.
local last = 4 + ARGV[4]
redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 5, last))
local n = 0
for i = 3, #KEYS do
  if redis.call('XDEL', KEYS[1], ARGV[i + 2]) == 1 then
    redis.call('DEL', KEYS[i])
    n = n + 1
  end
end
if last >= #KEYS + 3 then
  n = n + redis.call('XDEL', KEYS[1], unpack(ARGV, #KEYS + 3, last))
end
keepOutcomes(KEYS[2], ARGV[2], ARGV[3], last + 1)
return n
