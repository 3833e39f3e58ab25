-- Claims entries whose consumers have not extended their leases. A pending entry that
-- is not on the stream any more is acknowledged: Redis 6.2 would list it for ever. An
-- entry of an unknown version is skipped. A suspect, which was delivered often without
-- an outcome, is claimed alone, and only by a consumer that has no other: if consumers
-- die of it, no other entries are lost with them.
--
-- One call looks at a bounded number of entries, so that it does not block Redis for
-- long. Skipped entries must not hide those after them: the caller runs the script again
-- from the entry at which it stopped.
--
-- KEYS[1]  the stream
-- ARGV[1]  the group
-- ARGV[2]  the consumer that claims
-- ARGV[3]  for how many milliseconds a lease was not extended
-- ARGV[4]  how many entries to claim at most
-- ARGV[5]  the versions of entries that the consumer can read, a character each
-- ARGV[6]  after how many deliveries an entry is a suspect
-- ARGV[7]  "1" when the consumer has no suspect
-- ARGV[8]  the entry at which to begin, "-" for the first
-- Returns  the entry at which to continue, "" when nothing more is to be claimed; then
--          for each claimed entry its id, its fields and values in turn, and how often
--          it was delivered before.
local most, alone, may = tonumber(ARGV[4]), tonumber(ARGV[6]), ARGV[7] == '1'
local page = most + 100

local function readable(fields)
  for i = 1, #fields, 2 do
    if fields[i] == 'e' then
      local version = string.sub(fields[i + 1], 1, 1)
      return version == '' or string.find(ARGV[5], version, 1, true)
    end
  end
  return true -- no release can read it: it becomes a dead letter
end

local stale = redis.call('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[3], ARGV[8], '+', page)
local reply = { #stale == page and stale[page][1] or '' }
for _, p in ipairs(stale) do
  if #reply > most then
    reply[1] = p[1]
    break
  end
  local entry = redis.call('XRANGE', KEYS[1], p[1], p[1])
  if #entry == 0 then
    redis.call('XACK', KEYS[1], ARGV[1], p[1])
  elseif readable(entry[1][2]) then
    local suspect = p[4] >= alone
    if not suspect or may and #reply == 1 then
      redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, p[1])
      reply[#reply + 1] = { p[1], entry[1][2], p[4] }
      if suspect then
        reply[1] = ''
        break
      end
    end
  end
end
return reply
