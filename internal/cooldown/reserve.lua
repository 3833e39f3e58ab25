-- Reserves a cooldown for an owner, unless it is reserved or committed.
--
-- KEYS[1]  the cooldown's hash
-- ARGV[1]  the owner, an event's id
-- ARGV[2]  the reservation's TTL, in milliseconds
--
-- Returns the owner, "1" if the cooldown is committed and "" if not, and the note.
if redis.call('HSETNX', KEYS[1], 'owner', ARGV[1]) == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
local held = redis.call('HMGET', KEYS[1], 'owner', 'done', 'note')
return {held[1], held[2] or '', held[3] or ''}
