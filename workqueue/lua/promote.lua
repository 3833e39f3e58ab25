-- Moves delayed entries that are due back to their stream. Any consumer may
-- run it at any time; each entry is moved once.
--
-- KEYS[1]  the stream
-- KEYS[2]  the delayed set
-- ARGV[1]  how many entries to move at most
-- Returns  the milliseconds until the next entry is due, 0 when one is due
--          already, -1 when there is none.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[1])
redis.call('XLEN', KEYS[1]) -- fails where nothing can be added, before anything is taken away
for _, entry in ipairs(due) do
  redis.call('ZREM', KEYS[2], entry) -- first, since it frees memory
  redis.call('XADD', KEYS[1], '*', 'e', entry)
end
local next = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
if #next == 0 then
  return -1
end
return math.max(0, next[2] - now)
