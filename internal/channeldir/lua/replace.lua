-- Replaces the whole directory, unless it was changed since the list was asked
-- for: the list may be older than that change.
--
-- KEYS[1]  names to ids
-- KEYS[2]  ids to names
-- KEYS[3]  the revision
-- KEYS[4]  the mark of a directory that is fresh
-- ARGV[1]  the revision when the list was asked for
-- ARGV[2]  how long the directory is fresh, in ms
-- ARGV[3…] ids and names in turn
-- Returns  1, or 0 if the directory had changed; then nothing is replaced.
if (redis.call('GET', KEYS[3]) or '0') ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1], KEYS[2])
for i = 3, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i + 1], ARGV[i])
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
end
redis.call('INCR', KEYS[3])
redis.call('SET', KEYS[4], '1', 'PX', ARGV[2])
return 1
