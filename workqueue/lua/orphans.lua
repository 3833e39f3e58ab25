-- Finds orphans: entries that were delivered, are on the stream and are pending with no
-- consumer. They become pending with a dead consumer, from which they are reclaimed once
-- their leases have expired. Only commands that people run make orphans: XGROUP
-- DELCONSUMER of a name with pending entries, XACK without XDEL, XGROUP SETID forwards.
--
-- Each change that the queue makes to an entry is one atomic step, as this search is, so
-- it sees no entry in between. It does not look at entries that no consumer has read,
-- however many there are. Those that were read are as many as are being handled, and it
-- looks at a page of them at a time.
--
-- KEYS[1]  the stream
-- ARGV[1]  the group
-- ARGV[2]  the name of the dead consumer
-- ARGV[3]  the id to begin at, as of XRANGE; "-" for the first entry
-- ARGV[4]  how many entries to look at
-- Returns  the id to continue at, "" at the end; and how many orphans were found.
local stream, group = KEYS[1], ARGV[1]
if ARGV[3] == '-' and redis.call('XLEN', stream) <= redis.call('XPENDING', stream, group)[1] then
  return { '', 0 } -- one comparison is enough: the next claim drops a pending entry that is not on the stream
end

local function fields(info)
  local t = {}
  for i = 1, #info, 2 do
    t[info[i]] = info[i + 1]
  end
  return t
end

-- later compares the ids of entries, whose numbers may have more digits than Lua's.
local function later(a, b)
  local a1, a2 = string.match(a, '(%d+)-(%d+)')
  local b1, b2 = string.match(b, '(%d+)-(%d+)')
  if not (a1 and b1) then
    return false
  end
  for _, pair in ipairs({ { a1, b1 }, { a2, b2 } }) do
    local x, y = pair[1], pair[2]
    if x ~= y then
      return #x > #y or #x == #y and x > y
    end
  end
  return false
end

local last
for _, info in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  local g = fields(info)
  if g.name == group then
    last = g['last-delivered-id']
  end
end
if not last then
  return { '', 0 } -- the group was lost since the search began
end
-- A group that was set beyond the stream's end would never deliver later entries.
local stop = fields(redis.call('XINFO', 'STREAM', stream))['last-generated-id']
if later(last, stop) then
  redis.call('XGROUP', 'SETID', stream, group, stop)
  last = stop
end

local entries = redis.call('XRANGE', stream, ARGV[3], last, 'COUNT', ARGV[4])
local claim, found = { 'XCLAIM', stream, group, ARGV[2], 0 }, 0
for _, entry in ipairs(entries) do
  if #redis.call('XPENDING', stream, group, entry[1], entry[1], 1) == 0 then
    claim[#claim + 1] = entry[1]
    found = found + 1
  end
end
if found > 0 then
  for _, option in ipairs({ 'RETRYCOUNT', 1, 'FORCE', 'JUSTID' }) do
    claim[#claim + 1] = option
  end
  redis.call(unpack(claim))
end
return { #entries == tonumber(ARGV[4]) and '(' .. entries[#entries][1] or '', found }
