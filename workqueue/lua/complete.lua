-- Records that a step of an event is completed. It is a script and no transaction
-- because a Redis that is out of memory refuses transactions, and SADD as well, but lets
-- a script continue that has written. It adds a name only, which is deleted with its
-- event.
--
-- KEYS[1]  the set of the event's completed steps
-- ARGV[1]  the step
-- ARGV[2]  for how many milliseconds it is kept
-- Returns  1.
redis.call('PERSIST', KEYS[1]) -- needs no memory, and is a write
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
