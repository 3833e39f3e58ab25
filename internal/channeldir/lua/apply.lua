-- Applies a change of one channel, unless a later one of the same channel was
-- applied already.
--
-- KEYS[1]  names to ids
-- KEYS[2]  ids to names
-- KEYS[3]  the revision
-- KEYS[4]  ids to the time of their last change, in milliseconds
-- ARGV[1]  the channel's id
-- ARGV[2]  its name, "" if it no longer exists
-- ARGV[3]  the time of the change, in milliseconds
-- ARGV[4]  the TTL of KEYS[4], in milliseconds
-- Returns  1, or 0 if it was too late and nothing was changed.
local id, name, at = ARGV[1], ARGV[2], ARGV[3]
local last = redis.call('HGET', KEYS[4], id)
if last and tonumber(last) > tonumber(at) then
  return 0
end
redis.call('HSET', KEYS[4], id, at)
redis.call('PEXPIRE', KEYS[4], ARGV[4])
redis.call('INCR', KEYS[3]) -- a list that is being asked for may be older
if redis.call('EXISTS', KEYS[2]) == 0 then
  return 1 -- not filled yet: one channel alone would pass for all there are
end
local old = redis.call('HGET', KEYS[2], id)
if old and redis.call('HGET', KEYS[1], old) == id then
  redis.call('HDEL', KEYS[1], old)
end
if name == '' then
  redis.call('HDEL', KEYS[2], id)
else
  redis.call('HSET', KEYS[1], name, id)
  redis.call('HSET', KEYS[2], id, name)
end
return 1
