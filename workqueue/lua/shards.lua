-- Counts the shards of types whose keys share a Redis.
--
-- KEYS     the streams of all shards that a type may have, in their order; of each
--          type in turn
-- ARGV[1]  how many shards a type may have
-- Returns  for each type the number of its last shard whose stream exists, counted
--          from 1; 1 if there is none.
local per = tonumber(ARGV[1])
local counts = {}
for first = 1, #KEYS, per do
  local n = per
  while n > 1 and redis.call('EXISTS', KEYS[first + n - 1]) == 0 do
    n = n - 1
  end
  counts[#counts + 1] = n
end
return counts
