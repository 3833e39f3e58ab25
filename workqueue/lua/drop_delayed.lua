-- Removes a delayed entry for good, and the completed steps of its event.
--
-- KEYS[1]  the delayed set
-- KEYS[2]  the set of the event's completed steps
-- ARGV[1]  the entry
-- Returns  1, or 0 when it is not delayed any more.
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('DEL', KEYS[2])
return 1
