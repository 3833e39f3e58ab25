-- Returns the id of the first request that reported a state within the window, which is
-- this one's if there was none.
--
-- KEYS[1]  the subject: a hash of state to "<id> <ms>", the first request and when it came,
--          and of "of" to the time that the latest new state is of
-- ARGV     state, time that it is of in microseconds, this request's id, window in ms

local state, of, id, window = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function known(value)
  local first, at = string.match(value, '^(%S+) (%d+)$')
  if first and now - tonumber(at) < window then return first end
end

local value = redis.call('HGET', KEYS[1], state)
local first = value and known(value)
if first then return first end

local latest = tonumber(redis.call('HGET', KEYS[1], 'of') or of)
if of < latest then
  redis.call('DEL', KEYS[1]) -- back to an older state: the newer ones are news again
else
  local fields = redis.call('HGETALL', KEYS[1])
  for i = 1, #fields, 2 do
    if fields[i] ~= 'of' and not known(fields[i + 1]) then redis.call('HDEL', KEYS[1], fields[i]) end
  end
end
redis.call('HSET', KEYS[1], state, id .. ' ' .. string.format('%d', now), 'of', ARGV[2])
redis.call('PEXPIRE', KEYS[1], window)
return id
