"""How often one ERP account is called, by all workers together: never more than it allows in any window.

Few calls in a long while are counted one by one, so that what is allowed may come at once; a quarter of them is for what
writes alone, as whoever has looked must not find that others who look have used up the turn that the write needs. Thousands
are spread evenly, so that nobody meets a window that is used up. A little is left free for calls that are long on their
way. Without Redis each process keeps to its share.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from redis.commands.core import AsyncScript

from app.errors import Throttled
from app.limits.shared import BUSY, Shared
from app.ports import Answer, Download, Http, Request

_PATIENCE = 5.0
_LATEST = timedelta(hours=1)
_MANY, _NEAR = 1_000, 1.0
"""From so many calls in a window on they are spread, where not so many seconds lie between two of them."""
_SAVED, _SPARE = 0.02, 0.02
_FOR_WRITES = 0.25
_ON_THEIR_WAY = 0.1
_MOST_REMEMBERED = 10_000

COUNTED = """
local most, window, patience = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local last = tonumber(redis.call('LINDEX', KEYS[1], -1))
if last and last > now + 60000 then redis.call('DEL', KEYS[1]) end
local oldest = tonumber(redis.call('LINDEX', KEYS[1], 0))
while oldest and oldest <= now - window do
  redis.call('LPOP', KEYS[1])
  oldest = tonumber(redis.call('LINDEX', KEYS[1], 0))
end
local there, turn = redis.call('LLEN', KEYS[1]), now
if there >= most then turn = math.max(now, tonumber(redis.call('LINDEX', KEYS[1], there - most)) + window) end
local wait = math.ceil(turn - now)
if wait > patience then return {0, wait} end
redis.call('RPUSH', KEYS[1], string.format('%.0f', now + wait))
redis.call('PEXPIRE', KEYS[1], math.ceil(window + wait) + 60000)
return {1, wait}
"""
"""KEYS turns; ARGV how many in a window, the window, patience. A turn further ahead than anybody waits was of another clock."""

SPREAD = """
local gap, saved, patience = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local turn = tonumber(redis.call('GET', KEYS[1])) or 0
if turn > now + 60000 then turn = 0 end
turn = math.max(turn, now - saved)
local wait = math.max(0, math.ceil(turn - now))
if wait > patience then return {0, wait} end
redis.call('SET', KEYS[1], string.format('%.3f', turn + gap), 'PX', math.ceil(wait + gap + saved) + 60000)
return {1, wait}
"""
"""KEYS next turn; ARGV gap, what a pause saves up, patience. Both answer whether there is a turn, and the time until it."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """One account's rate, in seconds: `gap` between two turns where they are spread, and what of them may be `saved`."""

    label: str
    rate: int
    window: float
    gap: float | None = None
    saved: float = 0.0

    @classmethod
    def of(cls, account: str, rate: int, window: timedelta) -> Way:
        """Accounts whose rates differ never meet: one that was entered wrongly holds up no other."""
        seconds = window.total_seconds()
        label = hashlib.blake2b(f"{account} {rate} {seconds}".encode(), digest_size=12).hexdigest()
        saved = rate * _SAVED
        gap = seconds / (rate * (1 - _SPARE) - saved)
        if rate > _MANY and gap <= _NEAR:
            return cls(label=label, rate=rate, window=seconds, gap=gap, saved=saved * gap)
        return cls(label=label, rate=rate, window=seconds * (1 + _SPARE) + _ON_THEIR_WAY)

    def most(self, *, writes: bool) -> int:
        """How many of a window's turns may have been given before this one has to wait."""
        return self.rate if writes else max(1, self.rate - max(2, math.ceil(self.rate * _FOR_WRITES)))


class AccountPaces:
    """`ports.Paces` over Redis."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._counted, self._spread = shared.script(COUNTED), shared.script(SPREAD)
        self._own: dict[str, deque[float]] = {}

    def kept(self, http: Http, *, account: str, rate: int | None, window: timedelta) -> Http:
        """The same door where the ERP says nothing of how often it may be called."""
        return http if rate is None else PacedHttp(inner=http, paces=self, way=Way.of(account, rate, window))

    async def turn(self, way: Way, patience: float, *, writes: bool) -> None:
        """Waits for a turn. Raises Throttled, with the time until there is one, where that is longer than `patience` seconds."""
        answer = await self._shared.run(*self._asked(way, patience, writes))
        wait = self._alone(way, writes) if answer is None else int(answer[1]) / 1000
        if wait > patience or (answer is not None and not answer[0]):
            raise Throttled(
                BUSY,
                f"The ERP has been called as often as it allows for now; there is room again in {wait:.0f} seconds.",
                after=min(timedelta(seconds=wait), _LATEST),
            )
        self._mine(way).append(time.monotonic() + wait)
        await asyncio.sleep(wait)

    def _asked(self, way: Way, patience: float, writes: bool) -> tuple[AsyncScript, list[str], list[float]]:
        keys = [f"{{paces:{way.label}}}"]
        if way.gap is None:
            return self._counted, keys, [way.most(writes=writes), way.window * 1000, patience * 1000]
        return self._spread, keys, [way.gap * 1000, way.saved * 1000, patience * 1000]

    def _mine(self, way: Way) -> deque[float]:
        """This process's own turns, counted while Redis is there as well: it may go at any time."""
        if len(self._own) > _MOST_REMEMBERED:
            self._own.clear()
        return self._own.setdefault(way.label, deque(maxlen=min(way.rate, _MOST_REMEMBERED)))

    def _alone(self, way: Way, writes: bool) -> float:
        share = way.most(writes=writes) * self._shared.share
        most = max(1, int(share))
        window, mine, now = way.window * max(1.0, most / share), self._mine(way), time.monotonic()
        return max(0.0, mine[-most] + window - now) if len(mine) >= most else 0.0


@dataclass(frozen=True, kw_only=True)
class PacedHttp:
    """`ports.Http` that lets each request wait for its turn, for a part of what it has to be answered in."""

    inner: Http
    paces: AccountPaces
    way: Way = field(repr=False)

    async def send(self, request: Request) -> Answer:
        await self._turn(request)
        return await self.inner.send(request)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[Download]:
        await self._turn(request)
        async with self.inner.stream(request) as download:
            yield download

    async def _turn(self, request: Request) -> None:
        if request.counts:
            patience = min(request.deadline.total_seconds() / 4, _PATIENCE)
            await self.paces.turn(self.way, patience, writes=request.writes)
