-- Releases an owner's reservation.
--
-- KEYS[1]  the cooldown's hash
-- ARGV[1]  the owner
--
-- Returns 1, or 0 if the cooldown is committed or another owner's.
local held = redis.call('HMGET', KEYS[1], 'owner', 'done')
if held[1] ~= ARGV[1] or held[2] then
  return 0
end
return redis.call('DEL', KEYS[1])
