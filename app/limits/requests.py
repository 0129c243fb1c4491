"""How many requests a caller of our own API may make: one bucket per caller, shared by all web processes.

Stands at the API's door. Without Redis each process counts by itself and allows its share.
"""

from __future__ import annotations

import hashlib
import math
import time
from dataclasses import dataclass
from datetime import timedelta

from app.errors import Throttled
from app.limits.local import LocalBucket
from app.limits.shared import Shared

BURST_SECONDS = 10
"""How many seconds' worth of requests may come at once."""

_MOST_REMEMBERED = 10_000

TAKE = """
local rate, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local stored = redis.call('HMGET', KEYS[1], 'level', 'at')
local level, at = tonumber(stored[1]) or most, tonumber(stored[2]) or now
level = math.min(most, level + math.max(0, now - at) * rate / 1000)
local granted = level >= 1
if granted then level = level - 1 end
redis.call('HSET', KEYS[1], 'level', level, 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil(most / rate * 1000) + 1000)
if granted then return {1, 0, math.floor(level)} end
return {0, math.max(1, math.ceil((1 - level) / rate * 1000)), 0}
"""
"""KEYS bucket; ARGV requests a second, the most at once. Answers granted, milliseconds to wait, and how many are left."""


@dataclass(frozen=True, kw_only=True)
class Left:
    """How many requests a caller may still make at once, of how many, and the seconds until it may make all of them."""

    most: int
    now: int
    full_in: int


class Requests:
    """The buckets of all callers; `per_minute` is what each may ask for in the long run."""

    def __init__(self, shared: Shared, *, per_minute: int) -> None:
        self._shared = shared
        self._rate = per_minute / 60
        self._most = max(1.0, self._rate * BURST_SECONDS)
        self._take = shared.script(TAKE)
        self._own: dict[str, LocalBucket] = {}

    async def take(self, caller: str) -> Left:
        """Counts one request. Raises Throttled, with the time to wait, when there were too many."""
        label = hashlib.blake2b(caller.encode(), digest_size=12).hexdigest()
        answer = await self._shared.run(self._take, [f"{{requests:{label}}}"], (self._rate, self._most))
        wait = self._ask_locally(label) if answer is None else int(answer[1]) / 1000
        if wait > 0:
            raise Throttled(
                "api.rate_limited",
                f"This token made too many requests. Ask again in {wait:.1f} seconds.",
                after=timedelta(seconds=wait),
            )
        if answer is None:
            return self.left(self._own[label].level)
        self._own.pop(label, None)
        return self.left(int(answer[2]))

    def left(self, level: float) -> Left:
        return Left(
            most=int(self._most), now=int(level), full_in=math.ceil((self._most - int(level)) / self._rate)
        )

    def _ask_locally(self, label: str) -> float:
        """A caller's bucket is full when an outage begins: who asked for little before is not made to wait."""
        if len(self._own) > _MOST_REMEMBERED:
            self._own.clear()
        now, share = time.monotonic(), self._shared.share
        most, rate = max(self._most, 1 / share), self._rate
        fresh = LocalBucket(maximum=most, rate=rate, level=most * share, at=now)
        return self._own.setdefault(label, fresh).ask(cost=1, floor=0.0, share=share, now=now)
