-- Ends a delivery and has its event delivered again: at once, or later by way of the
-- delayed set.
--
-- KEYS[1]  the stream
-- KEYS[2]  the delayed set: encoded entries by when they are due, in
--          milliseconds of Redis's clock
-- KEYS[3]  the stream of outcomes
-- ARGV[1]  the group
-- ARGV[2]  the consumer that had the delivery
-- ARGV[3]  the entry's id
-- ARGV[4]  the encoded entry that replaces it
-- ARGV[5]  the delay in milliseconds; "0": at once
-- ARGV[6]  how many outcomes are kept
-- ARGV[7]  for how many milliseconds after the last
-- ARGV[8]  the outcome to be kept, missing if there is none
-- Returns  1; or 0 when the entry is no longer this consumer's, and nothing was changed:
--          the consumer that reclaimed it decides about it.
if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1, ARGV[2]) == 0 then
  return 0
end
redis.call('ZCARD', KEYS[2]) -- fails where nothing can be added, before anything is taken away
-- Commands that free memory come first: a script that has written may go on when
-- Redis is full.
redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
redis.call('XDEL', KEYS[1], ARGV[3])
if ARGV[5] == '0' then
  redis.call('XADD', KEYS[1], '*', 'e', ARGV[4])
else
  local now = redis.call('TIME')
  local due = now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[5]
  redis.call('ZADD', KEYS[2], string.format('%.0f', due), ARGV[4])
end
keepOutcomes(KEYS[3], ARGV[6], ARGV[7], 8)
return 1
