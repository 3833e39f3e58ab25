-- Notes that somebody is about to do something, unless it is held already.
--
-- KEYS[1]  the hash of what is about to be done
-- ARGV[1]  the owner: who is about to do it
-- ARGV[2]  for how long that is remembered, in milliseconds
--
-- Returns who holds it now, "1" if it is done and "" if not, and the note.
if redis.call('HSETNX', KEYS[1], 'owner', ARGV[1]) == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
local held = redis.call('HMGET', KEYS[1], 'owner', 'done', 'note')
return {held[1], held[2] or '', held[3] or ''}
