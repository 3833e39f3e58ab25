-- Extends the lease, if the term still has it.
--
-- KEYS[1]  the lease
-- ARGV[1]  its value during the term
-- ARGV[2]  its length from now, in milliseconds
-- Returns  1, or 0 if the lease is another's or nobody's.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
