-- Extends the leases of deliveries that are being handled. It checks the owner of each
-- entry before it claims it: XCLAIM alone would take an entry back from the consumer
-- that has reclaimed it.
--
-- KEYS[1]  the stream
-- ARGV[1]  the group
-- ARGV[2]  the consumer
-- ARGV[3…] the entries' ids
-- Returns  the ids of the entries that are no longer this consumer's.
local lost = {}
for i = 3, #ARGV do
  if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2]) == 0 then
    lost[#lost + 1] = ARGV[i]
  else
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'JUSTID')
  end
end
return lost
