-- Adds an event to its stream, unless its key was seen within the window or
-- the stream is at its bound. Check and write are one step, so two gateways
-- that get the same event at once, or a client that repeats a call whose
-- answer was lost, cannot queue it twice.
--
-- KEYS[1]  the stream
-- KEYS[2]  the delayed set, whose entries count as waiting
-- KEYS[3]  the seen-key of the event (unused when ARGV[1] is "0")
-- ARGV[1]  the deduplication window in milliseconds; "0": never a duplicate
-- ARGV[2]  the bound: with this many entries waiting it takes no more
-- ARGV[3]  the encoded entry
-- Returns  the new entry's id; "duplicate"; or "full".
--
-- A duplicate is told apart before the bound is looked at: Slack repeats what
-- it thinks was lost, and "full" for an event that is queued makes it repeat
-- again.
if ARGV[1] ~= '0' and redis.call('EXISTS', KEYS[3]) == 1 then
  return 'duplicate'
end
if redis.call('XLEN', KEYS[1]) + redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[2]) then
  return 'full'
end
local id = redis.call('XADD', KEYS[1], '*', 'e', ARGV[3])
if ARGV[1] ~= '0' then
  redis.call('SET', KEYS[3], id, 'PX', ARGV[1])
end
return id
