"""How many calls one ERP account gets at a time, shared by all workers, falling when the ERP refuses for rate.

A permit of a killed worker expires; without Redis each worker takes its share, at least one.
"""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import random
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta

from app.errors import Throttled
from app.limits import scripts
from app.limits.shared import BUSY, Shared

LOOK_AGAIN = (0.02, 0.1)


@dataclass(kw_only=True)
class _Account:
    """What this process holds of an account; `turn` lets one waiter at a time ask Redis.

    `door`: in front of it, for first look-ups, so that only one of them at a time stands in the line of everything else.
    `owed`: permits that Redis was not there to take back, with when they end by themselves. `told`: when it answered last.
    """

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    door: asyncio.Lock = field(default_factory=asyncio.Lock)
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    held: int = 0
    owed: dict[str, float] = field(default_factory=dict)
    told: float | None = None


class AccountPermits:
    """`ports.Permits` over Redis. `patience` is how long a caller waits before it is told to come back.

    `blink`: for how long a Redis that was there a moment ago is waited for, as others may hold all that there is. `kept`: for how
    long a permit is whose holder does not say any more that it has it.
    """

    def __init__(
        self,
        shared: Shared,
        *,
        patience: timedelta = timedelta(seconds=5),
        blink: timedelta = timedelta(seconds=2),
        kept: timedelta = timedelta(seconds=30),
    ) -> None:
        self._shared, self._blink, self._kept = shared, blink.total_seconds(), kept.total_seconds()
        self._patience = patience.total_seconds()
        self._accounts: dict[str, _Account] = {}
        self._hold = shared.script(scripts.HOLD)
        self._renew = shared.script(scripts.RENEW)
        self._give_back = shared.script(scripts.GIVE_BACK)

    @asynccontextmanager
    async def hold(self, account: str, most: int, *, first: bool = False) -> AsyncIterator[None]:
        label = hashlib.blake2b(account.encode(), digest_size=12).hexdigest()
        here = self._accounts.setdefault(label, _Account())
        keys, me = (f"{{permits:{label}}}", f"{{permits:{label}}}:mood"), secrets.token_hex(8)
        try:
            await self._wait(here, keys, me, most, first=first)
        except BaseException:  # the answer may have been a permit
            await self._returned(here, keys, me, most, "unsure")
            raise
        renewing = asyncio.create_task(self._keep(keys[:1], me), context=contextvars.Context())
        mood = "unsure"
        try:
            yield
            mood = "fine"
        except Throttled as error:
            mood = "unsure" if error.code == BUSY else "throttled"
            raise
        finally:
            here.held -= 1
            renewing.cancel()
            try:
                await self._returned(here, keys, me, most, mood)
            finally:
                here.freed.set()

    async def _returned(self, here: _Account, keys: tuple[str, str], me: str, most: int, mood: str) -> None:
        """What can't be given back now is given back before the next one is asked for: else it would be nobody's for long."""
        if await self._shared.run(self._give_back, keys, (me, most, mood)) is None:
            here.owed[me] = time.monotonic() + self._kept

    async def _wait(self, here: _Account, keys: tuple[str, str], me: str, most: int, *, first: bool) -> None:
        try:
            async with asyncio.timeout(self._patience), here.door if first else nullcontext(), here.turn:
                while not await self._got(here, keys, me, most):
                    here.freed.clear()
                    await _either(here.freed, random.uniform(*LOOK_AGAIN))
                here.held += 1
        except TimeoutError as error:
            raise Throttled(
                BUSY,
                "The ERP already works on as many calls as it allows; this one waits.",
                after=timedelta(seconds=random.uniform(0.5, 1.5)),
            ) from error

    async def _got(self, here: _Account, keys: tuple[str, str], me: str, most: int) -> bool:
        await self._settled(here, keys, most)
        answer = await self._shared.run(self._hold, keys, (me, most, int(self._kept * 1000)))
        now = time.monotonic()
        if answer is None:
            gone = here.told is None or now - here.told > self._blink
            return gone and here.held < max(1, int(most * self._shared.share))
        here.told = now
        return bool(answer[0])

    async def _settled(self, here: _Account, keys: tuple[str, str], most: int) -> None:
        for permit, ends in list(here.owed.items()):
            if (
                ends > time.monotonic()
                and await self._shared.run(self._give_back, keys, (permit, most, "unsure")) is None
            ):
                return
            here.owed.pop(permit, None)

    async def _keep(self, keys: tuple[str, ...], me: str) -> None:
        while True:
            await asyncio.sleep(self._kept / 3)
            await self._shared.run(self._renew, keys, (me, int(self._kept * 1000)))


async def _either(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
