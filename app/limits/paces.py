"""How often one ERP account is called: evenly, shared by all workers, and never more than it allows in any window.

A turn is an instant. Each next one is a gap later, and a pause saves up a few: a twentieth of what the ERP allows, or three
where that is less. Another twentieth is left free, for calls that are long on their way and for a Redis that lost
everything and gives what is saved once more. Without Redis each process keeps to its share.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from app.errors import Throttled
from app.limits.shared import BUSY, Shared
from app.ports import Answer, Download, Http, Request

_SAVED, _SPARE, _AT_LEAST = 0.05, 0.05, 3
_MOST_REMEMBERED = 10_000

TURN = """
local gap, saved, patience = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local turn = math.max(tonumber(redis.call('GET', KEYS[1])) or 0, now - saved)
local wait = math.max(0, turn - now)
if wait > patience then return {0, math.ceil(wait)} end
redis.call('SET', KEYS[1], string.format('%.3f', turn + gap), 'PX', math.ceil(wait + gap + saved) + 1000)
return {1, math.ceil(wait)}
"""
"""KEYS next turn; ARGV gap, saved, patience, all in milliseconds. Answers whether a turn was given, and the time until it."""


def spread(rate: int, window: timedelta) -> tuple[float, float]:
    """Seconds between two turns, and how many seconds of them may be saved up; pure.

    So many turns lie in a window at most: all that were saved, and as many as fit behind them. That is less than the rate.
    """
    saved = max(rate * _SAVED, min(_AT_LEAST, rate / 2))
    gap = window.total_seconds() / (rate * (1 - _SPARE) - saved)
    return gap, saved * gap


@dataclass(frozen=True, kw_only=True)
class _Way:
    """`gap` between two turns and what may be `saved`, in seconds."""

    label: str
    gap: float
    saved: float


class AccountPaces:
    """`ports.Paces` over Redis."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._turn = shared.script(TURN)
        self._own: dict[str, float] = {}

    def kept(self, http: Http, *, account: str, rate: int | None, window: timedelta) -> Http:
        """The same door where the ERP says nothing of how often it may be called."""
        if rate is None:
            return http
        gap, saved = spread(rate, window)
        label = hashlib.blake2b(account.encode(), digest_size=12).hexdigest()
        return PacedHttp(inner=http, paces=self, way=_Way(label=label, gap=gap, saved=saved))

    async def turn(self, way: _Way, patience: timedelta) -> None:
        """Waits for a turn. Raises Throttled, with the time until there is one, where that is longer than `patience`."""
        most = patience.total_seconds()
        milliseconds = (way.gap * 1000, way.saved * 1000, most * 1000)
        answer = await self._shared.run(self._turn, [f"{{paces:{way.label}}}"], milliseconds)
        wait = self._alone(way, most) if answer is None else int(answer[1]) / 1000
        if wait > most or (answer is not None and not answer[0]):
            raise Throttled(
                BUSY,
                "The ERP has been called as often as it allows for now; this call waits.",
                after=timedelta(seconds=wait),
            )
        await asyncio.sleep(wait)

    def _alone(self, way: _Way, most: float) -> float:
        """Nothing is saved up while nobody can tell what the others do."""
        if len(self._own) > _MOST_REMEMBERED:
            self._own.clear()
        now = time.monotonic()
        turn = max(now, self._own.get(way.label, -math.inf))
        if turn - now <= most:
            self._own[way.label] = turn + way.gap / self._shared.share
        return turn - now


@dataclass(frozen=True, kw_only=True)
class PacedHttp:
    """`ports.Http` that lets each request wait for its turn, for at most half of what it has to be answered in."""

    inner: Http
    paces: AccountPaces
    way: _Way = field(repr=False)

    async def send(self, request: Request) -> Answer:
        await self.paces.turn(self.way, request.deadline / 2)
        return await self.inner.send(request)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[Download]:
        await self.paces.turn(self.way, request.deadline / 2)
        async with self.inner.stream(request) as download:
            yield download
