-- Moves a delayed entry to its stream before it is due.
--
-- KEYS[1]  the stream
-- KEYS[2]  the delayed set
-- ARGV[1]  the entry
-- Returns  1, or 0 when it is not delayed any more.
redis.call('XLEN', KEYS[1]) -- fails where nothing can be added, before anything is taken away
if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then -- first, since it frees memory
  return 0
end
redis.call('XADD', KEYS[1], '*', 'e', ARGV[1])
return 1
