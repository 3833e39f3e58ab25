-- Scripts that change dead letters begin with this file. It counts the bytes of a
-- shard's dead letters as they are added and removed.
--
-- The count is in a hash: "bytes"; "entries" and "last", the number of dead letters and
-- the stream's last id when it was made, which show a change by an earlier release or a
-- person, who do not count; "dropped", how many were removed so far because they had
-- too many bytes; and "added", how many events became dead letters so far.

-- sizeOf returns how many bytes a dead letter has: its fields and values.
local function sizeOf(fields)
  local n = 0
  for _, text in ipairs(fields) do
    n = n + #text
  end
  return n
end

-- lastID returns the id that a stream gave out last.
local function lastID(stream)
  local info = redis.call('XINFO', 'STREAM', stream)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      return info[i + 1]
    end
  end
end

-- readSize returns how many bytes dead letters have. They are counted anew if
-- somebody else changed them.
local function readSize(stream, count)
  local bytes, entries, last = unpack(redis.call('HMGET', count, 'bytes', 'entries', 'last'))
  local n = redis.call('XLEN', stream)
  if n == 0 then
    return 0
  end
  if tonumber(entries) == n and last == lastID(stream) then
    return tonumber(bytes)
  end
  local sum, from = 0, '-'
  while true do
    local page = redis.call('XRANGE', stream, from, '+', 'COUNT', 100)
    if #page == 0 then
      return sum
    end
    for _, letter in ipairs(page) do
      sum = sum + sizeOf(letter[2])
    end
    from = '(' .. page[#page][1]
  end
end

-- writeSize notes how many bytes they have now, and that some were dropped.
local function writeSize(stream, count, bytes, dropped)
  redis.call('HSET', count, 'bytes', string.format('%.0f', bytes), 'entries', redis.call('XLEN', stream), 'last', lastID(stream))
  if dropped > 0 then
    redis.call('HINCRBY', count, 'dropped', dropped)
  end
end

-- before returns the time so many milliseconds ago.
local function before(ms)
  return redis.call('TIME')[1] * 1000 - ms
end

-- trim removes the oldest while they are of before a time, in Unix milliseconds,
-- or have more than max bytes together, up to most of them, but never the last. It
-- returns the bytes that are left, and how many it removed for either reason.
local function trim(stream, bytes, oldest, max, most)
  local old, dropped = 0, 0
  for i = 1, math.min(most, redis.call('XLEN', stream)) do
    local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
    if tonumber(string.match(first[1], '^%d+')) < oldest then
      old = old + 1
    elseif bytes > max and redis.call('XLEN', stream) > 1 then
      dropped = dropped + 1
    else
      break
    end
    redis.call('XDEL', stream, first[1])
    bytes = bytes - sizeOf(first[2])
  end
  return bytes, old, dropped
end

