-- Removes an entry for good that no consumer has received, and the completed steps of its
-- event.
--
-- KEYS[1]  the stream
-- KEYS[2]  the set of the event's completed steps
-- ARGV[1]  the group
-- ARGV[2]  the entry's id
-- Returns  1; or 0 when a consumer has it, or it is gone.
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1)
if #pending > 0 then -- an error has no length: there is no group, and no consumer
  return 0
end
if redis.call('XDEL', KEYS[1], ARGV[2]) == 0 then
  return 0
end
redis.call('DEL', KEYS[2])
return 1
