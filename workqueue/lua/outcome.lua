-- Begins the scripts that keep outcomes of deliveries.

-- keepOutcomes adds the outcomes in ARGV from the index first on to a stream that keeps about
-- max of them, for ttl milliseconds after the last. It never fails: what became of an event
-- counts more than its record.
local function keepOutcomes(key, max, ttl, first)
  for i = first, #ARGV do
    redis.pcall('XADD', key, 'MAXLEN', '~', max, '*', 'o', ARGV[i])
  end
  if first <= #ARGV then
    redis.pcall('PEXPIRE', key, ttl)
  end
end

