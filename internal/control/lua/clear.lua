-- Ends a control.
--
-- KEYS[1]  the controls: see set.lua
-- KEYS[2]  the version of the controls
-- ARGV[1]  the control's field
-- Returns  the control as it was stored, or false when there is none.
local value = redis.call('HGET', KEYS[1], ARGV[1])
if not value then
  return false
end
redis.call('HDEL', KEYS[1], ARGV[1]) -- first, since it frees memory
local t = redis.call('TIME')
redis.call('SET', KEYS[2], t[1] .. '.' .. t[2] .. '.' .. ARGV[1])
return value
