-- Sets a control, or replaces it.
--
-- KEYS[1]  the controls: a hash of "<ms> <JSON>" by "<kind>/<name>", where ms is when it was
--          set, by Redis's clock
-- KEYS[2]  the version of the controls
-- ARGV[1]  the control's field
-- ARGV[2]  the control as JSON
-- ARGV[3]  how many controls there may be
-- Returns  1 for a new control, 0 for one that was replaced, -1 when there are too many, and
--          the control as it is stored.
local new = redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0
if new and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then
  return { -1, '' }
end
redis.call('PERSIST', KEYS[1]) -- a write that needs no memory: after it a script may go on though Redis is full
local t = redis.call('TIME')
local value = string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000)) .. ' ' .. ARGV[2]
redis.call('HSET', KEYS[1], ARGV[1], value)
redis.call('SET', KEYS[2], t[1] .. '.' .. t[2] .. '.' .. ARGV[1])
return { new and 1 or 0, value }
