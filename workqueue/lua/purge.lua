-- Removes the first entries of a stream, also from the group's pending entries.
--
-- KEYS[1]  the stream
-- ARGV[1]  the group
-- ARGV[2]  the last entry that may be removed
-- ARGV[3]  how many to remove at most
-- Returns  how many were removed; fewer than that when none is left.
local ids = {}
for i, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', ARGV[2], 'COUNT', ARGV[3])) do
  ids[i] = entry[1]
end
if #ids > 0 then
  redis.call('XACK', KEYS[1], ARGV[1], unpack(ids))
  redis.call('XDEL', KEYS[1], unpack(ids))
end
return #ids
