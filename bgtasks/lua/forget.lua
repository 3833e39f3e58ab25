-- Removes the states of jobs, and ends the leader's term, in one step: a leader in the
-- middle of a run would otherwise save its state again.
--
-- KEYS[1]  the lease
-- KEYS[2…] the jobs' records
-- ARGV[1]  the field with the state
-- Returns  for each record 1 if it had a state, else 0.
redis.call('DEL', KEYS[1])
local had = {}
for i = 2, #KEYS do
  had[i - 1] = redis.call('HDEL', KEYS[i], ARGV[1])
end
return had
