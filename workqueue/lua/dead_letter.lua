-- Ends a delivery whose event is not retried: the event becomes a dead letter.
--
-- KEYS[1]  the stream
-- KEYS[2]  the stream of dead letters
-- KEYS[3]  the set of the event's completed steps, kept as long as the dead letter
-- KEYS[4]  the count of the dead letters' bytes, and of dead letters so far
-- KEYS[5]  the stream of outcomes
-- ARGV[1]  the group
-- ARGV[2]  the consumer that had the delivery
-- ARGV[3]  the entry's id
-- ARGV[4]  how many bytes of dead letters are kept
-- ARGV[5]  they take at most this fraction of Redis's maxmemory, such as 16 for a
--          sixteenth, but at least 1 MiB
-- ARGV[6]  how long they are kept, in milliseconds
-- ARGV[7]  how many one call removes at most
-- ARGV[8]  how many outcomes are kept
-- ARGV[9]  for how many milliseconds after the last
-- ARGV[10] how many fields and values follow
-- ARGV[11…] the fields and values of the dead letter in turn; then the outcome to be kept, if there is one
-- Returns  1, and how many dead letters were dropped because they had too many bytes;
--          or 0 when the entry is no longer this consumer's, and nothing was changed.
if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1, ARGV[2]) == 0 then
  return { 0, 0 }
end
local bytes = readSize(KEYS[2], KEYS[4]) -- fails where nothing can be added, before anything is taken away
local fields = { unpack(ARGV, 11, 10 + ARGV[10]) }
bytes = bytes + sizeOf(fields)
local max = tonumber(ARGV[4])
local few = 2 ^ 20 -- of these a small Redis has room, and INFO takes a while
if bytes > few then
  local info = redis.pcall('INFO', 'memory')
  local memory = type(info) == 'string' and tonumber(string.match(info, 'maxmemory:(%d+)')) or 0
  if memory > 0 then -- it is bounded
    max = math.min(max, math.max(few, memory / ARGV[5]))
  end
end
-- Commands that free memory come first: a script that has written may go on when
-- Redis is full.
redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
redis.call('XDEL', KEYS[1], ARGV[3])
redis.call('XADD', KEYS[2], '*', unpack(fields))
local left, _, dropped = trim(KEYS[2], bytes, before(ARGV[6]), max, tonumber(ARGV[7]))
writeSize(KEYS[2], KEYS[4], left, dropped)
redis.call('HINCRBY', KEYS[4], 'added', 1)
redis.call('PEXPIRE', KEYS[3], ARGV[6])
keepOutcomes(KEYS[5], ARGV[8], ARGV[9], 11 + ARGV[10])
return { 1, dropped }
