-- Moves a dead letter back to its stream.
--
-- KEYS[1]  the stream of dead letters
-- KEYS[2]  the stream
-- KEYS[3]  the set of the event's completed steps
-- KEYS[4]  the count of the dead letters' bytes
-- ARGV[1]  the dead letter's id
-- ARGV[2]  the encoded entry to be handled
-- ARGV[3]  for how many milliseconds the completed steps are kept from now on
-- Returns  1, or 0 when there is no such dead letter.
redis.call('XLEN', KEYS[2]) -- fails where nothing can be added, before anything is taken away
local letter = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not letter then
  return 0
end
local bytes = readSize(KEYS[1], KEYS[4])
redis.call('XDEL', KEYS[1], ARGV[1])
redis.call('XADD', KEYS[2], '*', 'e', ARGV[2])
writeSize(KEYS[1], KEYS[4], bytes - sizeOf(letter[2]), 0)
redis.call('PEXPIRE', KEYS[3], ARGV[3])
return 1
