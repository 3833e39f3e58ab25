-- Forgets that somebody was about to do something.
--
-- KEYS[1]  the hash of what was about to be done
-- ARGV[1]  the owner
--
-- Returns 1 if it was forgotten, 0 if it is done or somebody else's.
local held = redis.call('HMGET', KEYS[1], 'owner', 'done')
if held[1] ~= ARGV[1] or held[2] then
  return 0
end
return redis.call('DEL', KEYS[1])
