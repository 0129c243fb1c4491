"""The Lua that runs inside Redis, on its clock, so that all workers share one truth.

A bucket is `level` at the instant `at`, with `rate` and `maximum` as the last answer gave them. Until the first answer
after its birth (`born`) nobody knows the true level: it starts at its floor, counts what is `owed`, and then takes the
answer's word. The line is who waits: higher lanes first, then who came first; only its head may take.
"""

from __future__ import annotations

LEVEL_NOW = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local stored = redis.call('HMGET', KEYS[1], 'level', 'at', 'rate', 'maximum', 'born', 'owed')
local level, at, born, owed = tonumber(stored[1]), tonumber(stored[2]), tonumber(stored[5]), tonumber(stored[6])
local rate, maximum = tonumber(stored[3]) or known_rate, tonumber(stored[4]) or known_maximum
if level then
  level = math.min(maximum, level + math.max(0, now - at) * rate / 1000)
else
  level, born, owed = known_floor * maximum, now, 0
end
local function keep()
  redis.call('HSET', KEYS[1], 'level', level, 'at', now, 'rate', rate, 'maximum', maximum, 'born', born, 'owed', owed)
  redis.call('PEXPIRE', KEYS[1], 86400000)
end
"""

TAKE = f"""
local me, lane, floor = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local hint, unknown = tonumber(ARGV[5]), tonumber(ARGV[6])
local known_maximum, known_rate, known_floor = tonumber(ARGV[7]), tonumber(ARGV[8]), math.min(floor, 0.1)
{LEVEL_NOW}
local cost = tonumber(redis.call('HGET', KEYS[2], ARGV[4])) or (hint > 0 and hint) or unknown
cost = math.max(1, math.min(cost, maximum))

for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now)) do
  redis.call('ZREM', KEYS[3], gone)
  redis.call('ZREM', KEYS[4], gone)
  redis.call('HDEL', KEYS[5], gone)
end
local mine = lane * 1e13 + now
local joined = redis.call('ZSCORE', KEYS[3], me)
if joined then mine = tonumber(joined) end
local before, ahead = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', '(' .. string.format('%.0f', mine)), 0
for _, other in ipairs(before) do
  ahead = ahead + (tonumber(redis.call('HGET', KEYS[5], other)) or 0)
end
local need = math.min(floor * maximum + cost, maximum)

if #before == 0 and level >= need then
  level = level - cost
  if born > 0 then owed = owed + cost end
  keep()
  if joined then
    redis.call('ZREM', KEYS[3], me)
    redis.call('ZREM', KEYS[4], me)
    redis.call('HDEL', KEYS[5], me)
  end
  return {{1, math.ceil(cost), 0, math.floor(maximum), tostring(rate)}}
end

keep()
local wait = math.max(1, math.ceil((need + ahead - level) / rate * 1000))
redis.call('ZADD', KEYS[3], 'NX', string.format('%.0f', mine), me)
redis.call('ZADD', KEYS[4], now + math.min(wait, 1000) + 1000, me)
redis.call('HSET', KEYS[5], me, cost)
for place = 3, 5 do redis.call('PEXPIRE', KEYS[place], 60000) end
return {{0, math.ceil(cost), wait, math.floor(maximum), tostring(rate)}}
"""
"""KEYS bucket, costs, line, seen, wants; ARGV me, lane, floor, document, hint, unknown, maximum, rate.

Answers granted, cost, milliseconds to wait, maximum, rate. Who asked and waits must ask again within a second of the
promised time, or the line forgets it.
"""

SETTLE = f"""
local reserved, requested, actual = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local available, said_maximum, said_rate = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local known_maximum, known_rate, known_floor = said_maximum, said_rate, tonumber(ARGV[8])
{LEVEL_NOW}
maximum, rate = said_maximum, said_rate
if born == 0 or owed >= reserved then level = math.min(maximum, level + reserved - actual) end
if born > 0 then
  owed = math.max(0, owed - reserved)
  if now - born >= tonumber(ARGV[9]) then
    level, born = math.max(level, available - owed), 0
  end
end
level = math.min(level, available)
keep()
if requested > 0 then
  local learned = tonumber(redis.call('HGET', KEYS[2], ARGV[1])) or requested
  redis.call('HSET', KEYS[2], ARGV[1], math.max(requested, math.ceil((learned + requested) / 2)))
  redis.call('PEXPIRE', KEYS[2], 2592000000)
end
return {{math.floor(level)}}
"""
"""KEYS bucket, costs; ARGV document, reserved, requested, actual, available, maximum, rate, floor, trust after ms."""

HOLD = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local most = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local allowed = math.min(most, tonumber(redis.call('HGET', KEYS[2], 'allowed')) or most)
if redis.call('ZCARD', KEYS[1]) < math.max(1, math.floor(allowed)) then
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[1])
  redis.call('PEXPIRE', KEYS[1], 600000)
  return {1}
end
return {0}
"""
"""KEYS permits, mood; ARGV me, most, milliseconds to keep."""

RENEW = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
return {redis.call('ZADD', KEYS[1], 'XX', 'CH', now + tonumber(ARGV[2]), ARGV[1])}
"""

GIVE_BACK = """
redis.call('ZREM', KEYS[1], ARGV[1])
local most, mood = tonumber(ARGV[2]), ARGV[3]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local stored = redis.call('HMGET', KEYS[2], 'allowed', 'cut')
local allowed, cut = math.min(most, tonumber(stored[1]) or most), tonumber(stored[2]) or 0
if mood == 'throttled' and now - cut > 1000 then
  allowed, cut = math.max(1, allowed / 2), now
elseif mood == 'fine' then
  allowed = math.min(most, allowed + 1 / allowed)
end
if allowed < most then
  redis.call('HSET', KEYS[2], 'allowed', allowed, 'cut', cut)
  redis.call('PEXPIRE', KEYS[2], 600000)
else
  redis.call('DEL', KEYS[2])
end
return {math.floor(allowed)}
"""
"""KEYS permits, mood; ARGV me, most, mood. A burst of refusals counts once a second, as it tells one thing."""
