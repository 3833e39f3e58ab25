-- Takes over deliveries whose consumers have not extended their leases. An
-- entry that is gone from the stream is taken off the list of what is pending:
-- Redis 6.2 would go on to offer it.
--
-- KEYS[1]  the stream
-- ARGV[1]  the group
-- ARGV[2]  the consumer that takes over
-- ARGV[3]  for how many milliseconds they have not been extended
-- ARGV[4]  how many to take at the most
-- Returns  for each entry its id, its fields and values in turn, and how often
--          it was delivered before.
local taken = {}
local stale = redis.call('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[3], '-', '+', ARGV[4])
for _, p in ipairs(stale) do
  local entry = redis.call('XRANGE', KEYS[1], p[1], p[1])
  if #entry == 0 then
    redis.call('XACK', KEYS[1], ARGV[1], p[1])
  else
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, p[1])
    taken[#taken + 1] = { p[1], entry[1][2], p[4] }
  end
end
return taken
