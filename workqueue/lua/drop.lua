-- Removes a dead letter for good, and what is known of its event.
--
-- KEYS[1]  the stream of dead letters
-- KEYS[2]  the set of the event's completed actions
-- ARGV[1]  the dead letter's id
-- Returns  1, or 0 when there is no such dead letter (any more).
if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('DEL', KEYS[2])
return 1
