-- Takes over deliveries whose consumers have not extended their leases. An
-- entry that is gone from the stream is taken off the list of what is pending:
-- Redis 6.2 would go on to offer it. One of another version is left alone, and
-- one that was delivered often is taken alone, and only by a consumer that has
-- no other such, so that it does not draw others with it should its consumers
-- die of it.
--
-- It looks at so many entries at once that Redis is not kept from its other
-- work. What is left alone must not hide what comes after it: whoever runs the
-- script runs it again from where it stopped.
--
-- KEYS[1]  the stream
-- ARGV[1]  the group
-- ARGV[2]  the consumer that takes over
-- ARGV[3]  for how many milliseconds they have not been extended
-- ARGV[4]  how many to take at the most
-- ARGV[5]  the versions of entries that the consumer reads, a character each
-- ARGV[6]  after how many deliveries an entry is taken alone
-- ARGV[7]  "1" when the consumer has no such entry
-- ARGV[8]  the entry at which to begin, "-" for the first
-- Returns  the entry at which to go on, "" when nothing more is to be taken;
--          then for each that it took its id, its fields and values in turn,
--          and how often it was delivered before.
local most, alone, may = tonumber(ARGV[4]), tonumber(ARGV[6]), ARGV[7] == '1'
local page = most + 100

local function readable(fields)
  for i = 1, #fields, 2 do
    if fields[i] == 'e' then
      local version = string.sub(fields[i + 1], 1, 1)
      return version == '' or string.find(ARGV[5], version, 1, true)
    end
  end
  return true -- no release will make sense of it: it becomes a dead letter
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
