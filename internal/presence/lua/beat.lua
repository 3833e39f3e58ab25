-- Registers an instance or renews its registration, unless an instance of
-- another deployment was registered before it. Comparison and registration are
-- one step: of two such instances that start at once, one is refused.
--
-- An instance that joins is refused by any live instance that differs. One that
-- joined before, and meets one that differs because Redis was away or lost its
-- data, is refused if it is the younger of the two.
--
-- KEYS[1]  the instances
-- KEYS[2]  the clock
-- ARGV[1]  the instance's id
-- ARGV[2]  for how many milliseconds the registration lasts
-- ARGV[3]  when it joined, as an earlier call returned it; 0 if it joins now
-- ARGV[4]  its team, "-" to leave that out of the comparison
-- ARGV[5]  its environment, "-" to leave that out of the comparison
-- ARGV[6]  its description
-- ARGV[7]  the time of its last heartbeat, as an earlier call returned it; 0 if none
-- Returns  1, or 0 when it is refused and not registered (any more);
--          the time;
--          when it joined;
--          when Redis was found to have gone back to an earlier state, 0 if it did not;
--          the description of an instance that differs, "" if none does.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local id, ttl, joined, last = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[7])
local first = joined == 0
if first then
  joined = now
end
redis.call('PERSIST', KEYS[1]) -- a write that needs no memory: after it a script may go on though Redis is full

local function differ(a, b)
  return a ~= '-' and b ~= '-' and a ~= b
end

local other, refused = '', false
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local expires, since, team, environment, text = string.match(all[i + 1], '^(%d+) (%d+) (%S+) (%S+) (.*)$')
  if not expires or tonumber(expires) <= now then
    redis.call('HDEL', KEYS[1], all[i])
  elseif all[i] ~= id and not refused and (differ(team, ARGV[4]) or differ(environment, ARGV[5])) then
    since = tonumber(since)
    other, refused = text, first or since < joined or since == joined and all[i] < id
  end
end
if refused then
  redis.call('HDEL', KEYS[1], id)
  return { 0, now, joined, 0, other }
end

local n = function(number) return string.format('%.0f', number) end
redis.call('HSET', KEYS[1], id, n(now + ttl) .. ' ' .. n(joined) .. ' ' .. ARGV[4] .. ' ' .. ARGV[5] .. ' ' .. ARGV[6])
redis.call('PEXPIRE', KEYS[1], math.max(ttl, 3600000))

-- Heartbeats that are not a registration's lifetime old are lost by a failover,
-- too: a replica may lag.
local latest = tonumber(redis.call('HGET', KEYS[2], 'last') or '0')
if last > 0 and latest < last - ttl then
  redis.call('HSET', KEYS[2], 'rewound', n(now))
end
redis.call('HSET', KEYS[2], 'last', n(math.max(now, latest)))
redis.call('PEXPIRE', KEYS[2], 7 * 24 * 3600000)
return { 1, now, joined, tonumber(redis.call('HGET', KEYS[2], 'rewound') or '0'), other }
