-- Takes over deliveries whose consumers have not extended their leases. An
-- entry that is gone from the stream is taken off the list of what is pending:
-- Redis 6.2 would go on to offer it. One of another version is left alone, and
-- one that was delivered often is taken alone, and only by a consumer that has
-- no other such, so that it does not draw others with it should its consumers
-- die of it.
--
-- KEYS[1]  the stream
-- ARGV[1]  the group
-- ARGV[2]  the consumer that takes over
-- ARGV[3]  for how many milliseconds they have not been extended
-- ARGV[4]  how many to take at the most
-- ARGV[5]  the versions of entries that the consumer reads, a character each
-- ARGV[6]  after how many deliveries an entry is taken alone
-- ARGV[7]  "1" when the consumer has no such entry
-- Returns  for each entry its id, its fields and values in turn, and how often
--          it was delivered before.
local most, alone, may = tonumber(ARGV[4]), tonumber(ARGV[6]), ARGV[7] == '1'
local taken = {}
-- Some are looked at in vain.
local stale = redis.call('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[3], '-', '+', most + 100)
for _, p in ipairs(stale) do
  if #taken == most then
    break
  end
  local entry = redis.call('XRANGE', KEYS[1], p[1], p[1])
  if #entry == 0 then
    redis.call('XACK', KEYS[1], ARGV[1], p[1])
  else
    local version = string.sub(entry[1][2][2], 1, 1)
    local readable = version == '' or string.find(ARGV[5], version, 1, true)
    local suspect = p[4] >= alone
    if readable and (not suspect or may and #taken == 0) then
      redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, p[1])
      taken[#taken + 1] = { p[1], entry[1][2], p[4] }
      if suspect then
        break
      end
    end
  end
end
return taken
