-- Writes to the record of a job, if the term still has the lease. Check
-- and write are one step, so that a leader that was paused in between writes nothing.
--
-- KEYS[1]  the lease
-- KEYS[2]  the job's record
-- ARGV[1]  the lease's value during the term
-- ARGV[2…] fields and values in turn
-- Returns  1, or 0 if the lease is another's or nobody's.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[2], unpack(ARGV, 2))
return 1
