-- Lists the instances whose registrations have not expired.
--
-- KEYS[1]  the instances
-- KEYS[2]  the clock
-- Returns  when Redis was found to have gone back to an earlier state, 0 if it
--          did not; in how many milliseconds the last of the registrations
--          expires; then the instances' descriptions.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local reply = { tonumber(redis.call('HGET', KEYS[2], 'rewound') or '0'), 0 }
for _, value in ipairs(redis.call('HVALS', KEYS[1])) do
  local expires, text = string.match(value, '^(%d+) %d+ %S+ %S+ (.*)$')
  if expires and tonumber(expires) > now then
    reply[2] = math.max(reply[2], tonumber(expires) - now)
    reply[#reply + 1] = text
  end
end
return reply
