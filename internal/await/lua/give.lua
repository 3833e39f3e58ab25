-- Gives an event's answer to the gateway that waits for it, unless the gateway was first.
--
-- KEYS[1]  the wait's verdict
-- KEYS[2]  the wait's answer
-- KEYS[3]  the list of answers that the gateway reads
-- ARGV[1]  the verdict: the event
-- ARGV[2]  its TTL in milliseconds
-- ARGV[3]  the answer
-- ARGV[4]  the token of the wait
-- ARGV[5]  the TTL of the answer and of the list in milliseconds
-- Returns  1 if this event won, now or in an earlier call; 0 if it is late
--
-- A second call of one event gives nothing again: the client repeats a call whose reply
-- was lost, and the event is delivered again after a consumer's crash. The answer is kept
-- beside the list, because the reply that takes it from the list may be lost.
local call = redis.call
if call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  call('SET', KEYS[2], ARGV[3], 'PX', ARGV[5])
  call('RPUSH', KEYS[3], ARGV[4] .. ' ' .. ARGV[3])
  call('PEXPIRE', KEYS[3], ARGV[5])
  return 1
end
return call('GET', KEYS[1]) == ARGV[1] and 1 or 0
