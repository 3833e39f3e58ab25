-- Takes back an attempt to log in, which succeeded.
--
-- KEYS[1]  the number of attempts of the address
-- KEYS[2]  the number of attempts of all addresses
-- KEYS[3]  exists if an operator has logged in from the address
-- ARGV[1]  how long the address is known, in ms
redis.call('PERSIST', KEYS[3]) -- a write that needs no memory: after it a script may go on though Redis is full
redis.call('SET', KEYS[3], 1, 'PX', ARGV[1])
for i = 1, 2 do
  if redis.call('EXISTS', KEYS[i]) == 1 then -- else DECR would make one that does not expire
    redis.call('DECR', KEYS[i])
  end
end
return 1
