-- Ends a delivery whose event will not be tried again: it becomes a dead
-- letter.
--
-- KEYS[1]  the stream
-- KEYS[2]  the stream of dead letters
-- KEYS[3]  the set of the event's completed actions, which is kept for as long
--          as the dead letter is
-- ARGV[1]  the group
-- ARGV[2]  the consumer that had the delivery
-- ARGV[3]  the entry's id
-- ARGV[4]  how many dead letters are kept
-- ARGV[5]  how long they are kept, in milliseconds
-- ARGV[6…] the fields and values of the dead letter in turn
-- Returns  1; or 0 when the entry is no longer this consumer's, and nothing
--          was done.
if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1, ARGV[2]) == 0 then
  return 0
end
redis.call('XLEN', KEYS[2]) -- fails where nothing can be added, before anything is taken away
-- What frees memory comes first: a script that has written may go on when
-- Redis is full.
redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
redis.call('XDEL', KEYS[1], ARGV[3])
redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[4], '*', unpack(ARGV, 6))
local t = redis.call('TIME')
redis.call('XTRIM', KEYS[2], 'MINID', string.format('%.0f', t[1] * 1000 - ARGV[5]))
redis.call('PEXPIRE', KEYS[3], ARGV[5])
return 1
