-- Reads the controls, if they have changed.
--
-- KEYS[1]  the controls: see set.lua
-- KEYS[2]  the version of the controls
-- ARGV[1]  the version that the caller has read, "" for none
-- Returns  the version, "" before the first control; and the values of the controls, unless
--          the caller has that version.
local version = redis.call('GET', KEYS[2]) or ''
if version == ARGV[1] and version ~= '' then
  return { version }
end
return { version, redis.call('HVALS', KEYS[1]) }
