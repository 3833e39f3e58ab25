-- Takes the lease, unless somebody has it, and issues the fencing token of the
-- new term, which is higher than any before it.
--
-- KEYS[1]  the lease
-- KEYS[2]  the last token issued
-- ARGV[1]  the candidate, with another name at each attempt
-- ARGV[2]  the lease's length, in milliseconds
-- Returns  the lease's value: "<token> <candidate>". It is the candidate's
--          own after a call whose answer was lost and that the client repeats.
local held = redis.call('GET', KEYS[1])
if held then
  return held
end
held = redis.call('INCR', KEYS[2]) .. ' ' .. ARGV[1]
redis.call('SET', KEYS[1], held, 'PX', ARGV[2])
return held
