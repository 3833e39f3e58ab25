-- Creates the group of a stream, and the stream if need be. A group that begins at 0
-- delivers all entries of the stream. But if the stream had a group before, that group
-- was lost: some of the entries may have been delivered, and some may still be handled.
-- So all of them become pending with a dead consumer, and are reclaimed from it once
-- their leases have expired.
--
-- KEYS[1]  the stream
-- KEYS[2]  the group-created marker: the stream has had a group
-- ARGV[1]  the group
-- ARGV[2]  the name of the dead consumer
-- Returns  how many entries were found on the stream of a lost group; or the
--          error BUSYGROUP if the group exists.
local lost = redis.call('EXISTS', KEYS[2]) == 1
redis.call('PERSIST', KEYS[2]) -- a write that needs no memory: after it a script may go on though Redis is full
redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], lost and '$' or '0', 'MKSTREAM')
if not lost then
  redis.call('SET', KEYS[2], 1)
  return 0
end
local found, from = 0, '-'
while true do
  local entries = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 500)
  if #entries == 0 then
    return found
  end
  local ids = {}
  for i, entry in ipairs(entries) do
    ids[i] = entry[1]
  end
  local claim = { 'XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, unpack(ids) }
  for _, option in ipairs({ 'RETRYCOUNT', 1, 'FORCE', 'JUSTID' }) do
    claim[#claim + 1] = option
  end
  redis.call(unpack(claim))
  found, from = found + #ids, '(' .. ids[#ids]
end
