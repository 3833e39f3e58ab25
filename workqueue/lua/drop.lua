-- Removes a dead letter for good, and the completed steps of its event.
--
-- KEYS[1]  the stream of dead letters
-- KEYS[2]  the set of the event's completed steps
-- KEYS[3]  the count of the dead letters' bytes
-- ARGV[1]  the dead letter's id
-- Returns  1, or 0 when there is no such dead letter.
local letter = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not letter then
  return 0
end
local bytes = readSize(KEYS[1], KEYS[3])
redis.call('XDEL', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2])
writeSize(KEYS[1], KEYS[3], bytes - sizeOf(letter[2]), 0)
return 1
