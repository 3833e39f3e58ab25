-- Stores a blob, unless all that are stored would then take more than the budget.
--
-- KEYS[1] the index: a hash of each blob's size in bytes and the time in ms at which it
--         expires, by its id
-- KEYS[2] the blob
-- ARGV[1] its id
-- ARGV[2] its bytes
-- ARGV[3] how long it is kept, in ms
-- ARGV[4] the budget in bytes
-- Returns 1, or 0 if it was not stored.
--
-- The sum is taken anew each time: a counter would drift when blobs expire. The first write
-- is the one that needs memory, so a full Redis refuses the script before it has changed
-- anything.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local index = redis.call('HGETALL', KEYS[1])
local sum, expired = #ARGV[2], {}
for i = 1, #index, 2 do
  local size, expiry = string.match(index[i + 1], '^(%d+) (%d+)$')
  if tonumber(expiry) <= now then
    expired[#expired + 1] = index[i]
  elseif index[i] ~= ARGV[1] then
    sum = sum + size
  end
end
local stored = sum <= tonumber(ARGV[4])
if stored then
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
end
for _, id in ipairs(expired) do
  redis.call('HDEL', KEYS[1], id)
end
if not stored then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d %.0f', #ARGV[2], now + ARGV[3]))
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1
