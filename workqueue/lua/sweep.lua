-- Removes the names of consumers that have nothing pending and have not read for long.
-- A running consumer without events for so long may be among them (Redis 7.0 counts only
-- reads that found an entry); its name is added again with the next entry that it reads.
--
-- KEYS[1]  the stream
-- ARGV[1]  the group
-- ARGV[2]  for how many milliseconds they have not read
-- Returns  the names removed.
local removed = {}
for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = {}
  for i = 1, #info, 2 do
    consumer[info[i]] = info[i + 1]
  end
  if consumer.pending == 0 and consumer.idle > tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
    removed[#removed + 1] = consumer.name
  end
end
return removed
