-- Puts a dead letter back on its stream.
--
-- KEYS[1]  the stream of dead letters
-- KEYS[2]  the stream
-- ARGV[1]  the dead letter's id
-- ARGV[2]  the encoded entry to be handled
-- Returns  1, or 0 when there is no such dead letter (any more).
if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('XADD', KEYS[2], '*', 'e', ARGV[2])
return 1
