-- Removes dead letters that are too old.
--
-- KEYS[1]  the stream of dead letters
-- KEYS[2]  the count of their bytes
-- ARGV[1]  how long they are kept, in milliseconds
-- ARGV[2]  how many to remove at most
-- Returns  how many it removed.
local oldest = before(ARGV[1])
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if not first or tonumber(string.match(first[1], '^%d+')) >= oldest then
  return 0
end
local left, old = trim(KEYS[1], readSize(KEYS[1], KEYS[2]), oldest, math.huge, tonumber(ARGV[2]))
writeSize(KEYS[1], KEYS[2], left, 0)
return old
