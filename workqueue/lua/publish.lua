-- Adds events to their stream, each unless its key was seen within the window
-- or the stream is at its bound. Check and write are one atomic step, so two gateways
-- that receive the same event at once, or a client that retries a call whose reply was
-- lost, cannot queue it twice.
--
-- KEYS[1]  the stream
-- KEYS[2]  the delayed set, whose entries count as waiting
-- KEYS[3…] the seen-key of each event; KEYS[2] for an event without a key
-- ARGV[1]  the deduplication window in milliseconds
-- ARGV[2]  the bound: with this many entries waiting the stream takes no more
-- ARGV[3…] the encoded entry of each event
-- Returns  a digit for each event: 1 queued, 2 duplicate, 0 the stream is full. A text
--          is less work for Redis than a table.
--
-- The key is checked before the bound: Slack retries an event whose answer was lost,
-- and the answer "full" for an event that is queued would make it retry again.
--
-- Between SET and XADD nothing can fail: the stream's XLEN has succeeded, and a Redis
-- that is out of memory does not start such a script.
local call, keys, argv = redis.call, KEYS, ARGV
local stream, delayed, window = keys[1], keys[2], argv[1]
local free = argv[2] - call('XLEN', stream) - call('ZCARD', delayed)
local results = ''
for i = 3, #argv do
  local seen, result = keys[i], '1'
  local keyed = seen ~= delayed
  if free <= 0 then
    result = keyed and call('EXISTS', seen) == 1 and '2' or '0'
  elseif keyed and not call('SET', seen, '1', 'PX', window, 'NX') then
    result = '2'
  else
    call('XADD', stream, '*', 'e', argv[i])
    free = free - 1
  end
  results = results .. result
end
return results
