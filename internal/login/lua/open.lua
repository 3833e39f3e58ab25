-- Stores a session.
--
-- KEYS[1]  the session
-- ARGV[1]  its value
-- ARGV[2]  how long it lasts, in ms
redis.call('PERSIST', KEYS[1]) -- a write that needs no memory: after it a script may go on though Redis is full
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
