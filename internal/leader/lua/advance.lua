-- Raises numbers in a hash, if the term still has the lease. A field whose number is
-- as high or higher stays, so that calls which overtake each other do no harm.
--
-- KEYS[1]  the lease
-- KEYS[2]  the hash
-- ARGV[1]  the lease's value during the term
-- ARGV[2…] fields and whole numbers below 2^53 in turn
-- Returns  1, or 0 if the lease is another's or nobody's.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
for i = 2, #ARGV, 2 do
  local now = redis.call('HGET', KEYS[2], ARGV[i])
  if not now or tonumber(now) < tonumber(ARGV[i + 1]) then
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  end
end
return 1
