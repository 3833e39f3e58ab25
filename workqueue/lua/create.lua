-- Makes the group of a stream, and the stream if need be. A group that begins at
-- 0 delivers all that is on the stream. But if the stream had a group before,
-- then that group was lost, some of what is there may have been delivered, and
-- some of that may still be worked on. So all of it is held to be taken by
-- somebody who is gone: it is taken over like the work of a dead consumer, once
-- its lease has run out.
--
-- KEYS[1]  the stream
-- KEYS[2]  the group-created marker: the stream has had a group
-- ARGV[1]  the group
-- ARGV[2]  the name of the consumer who is gone
-- Returns  how many entries were found on the stream of a lost group; or the
--          error BUSYGROUP if the group is there.
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
