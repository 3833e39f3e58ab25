-- Counts an attempt to log in, unless there were too many.
--
-- KEYS[1]  the number of attempts of the address
-- KEYS[2]  the number of attempts of all addresses
-- KEYS[3]  exists if an operator has logged in from the address
-- ARGV[1]  how many attempts an address may make
-- ARGV[2]  how many all may make
-- ARGV[3]  how long they count, in ms
-- Returns  1, how many more attempts the address may make, 0;
--          or 0, 1 if it was refused for the attempts of all, and in how many ms it may
--          try again.
--
-- It begins with a write that changes nothing and needs no memory: after it a script may go
-- on though Redis is full.
redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), 1))
local own, all = tonumber(redis.call('GET', KEYS[1]) or '0'), tonumber(redis.call('GET', KEYS[2]) or '0')
if own >= tonumber(ARGV[1]) then
  return { 0, 0, redis.call('PTTL', KEYS[1]) }
end
if all >= tonumber(ARGV[2]) and redis.call('EXISTS', KEYS[3]) == 0 then
  return { 0, 1, redis.call('PTTL', KEYS[2]) }
end
for i = 1, 2 do
  if redis.call('INCR', KEYS[i]) == 1 then
    redis.call('PEXPIRE', KEYS[i], ARGV[3])
  end
end
return { 1, ARGV[1] - own - 1, 0 }
