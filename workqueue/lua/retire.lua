-- Removes a consumer's name from a group, unless entries are pending under it:
-- XGROUP DELCONSUMER would make orphans of those. Check and removal are one atomic step,
-- since an entry may be delivered to the name in between.
--
-- KEYS[1]  the stream
-- ARGV[1]  the group
-- ARGV[2]  the consumer's name
-- Returns  1 when the name was removed, 0 when entries are pending under it.
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2])
if pending.err then
  if string.find(pending.err, 'NOGROUP', 1, true) then
    return 1 -- no stream or no group, and so no name in it
  end
  return pending
end
if #pending > 0 then
  return 0
end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
