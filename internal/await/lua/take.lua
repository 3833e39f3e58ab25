-- Takes a wait for its gateway at the end of the budget, unless a consumer was first.
--
-- KEYS[1]  the wait's verdict
-- KEYS[2]  the wait's answer
-- ARGV[1]  the verdict: late
-- ARGV[2]  its TTL in milliseconds
-- Returns  {} if the gateway won, now or in an earlier call; {answer} if a consumer did,
--          {false} if that was so long ago that the answer has expired
local call = redis.call
if call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) or call('GET', KEYS[1]) == ARGV[1] then
  return {}
end
return {call('GET', KEYS[2])}
