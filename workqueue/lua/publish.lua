-- Adds events to their stream, each unless its key was seen within the window
-- or the stream is at its bound. Check and write are one step, so two gateways
-- that get the same event at once, or a client that repeats a call whose
-- answer was lost, cannot queue it twice.
--
-- KEYS[1]  the stream
-- KEYS[2]  the delayed set, whose entries count as waiting
-- KEYS[3…] the seen-keys of those of the events that have a key
-- ARGV[1]  the deduplication window in milliseconds
-- ARGV[2]  the bound: with this many entries waiting the stream takes no more
-- ARGV[3…] of each event in turn: which of KEYS is its seen-key, 0 for none;
--          and the encoded entry
-- Returns  what became of each: 1 queued, 2 a duplicate, 0 the stream is full.
--
-- A duplicate is told apart before the bound is looked at: Slack repeats what
-- it thinks was lost, and "full" for an event that is queued makes it repeat
-- again.
-- Between SET and XADD nothing can fail: the stream's XLEN has gone well, and a
-- Redis that is out of memory lets no such script begin.
local call, keys, argv = redis.call, KEYS, ARGV
local stream, window, bound = keys[1], argv[1], tonumber(argv[2])
local waiting = call('XLEN', stream) + call('ZCARD', keys[2])
local results = {}
for i = 3, #argv, 2 do
  local seen = keys[tonumber(argv[i])]
  local result = 1
  if waiting >= bound then
    result = seen and call('EXISTS', seen) * 2 or 0
  elseif seen and not call('SET', seen, 1, 'PX', window, 'NX') then
    result = 2
  else
    call('XADD', stream, '*', 'e', argv[i + 1])
    waiting = waiting + 1
  end
  results[#results + 1] = result
end
return results
