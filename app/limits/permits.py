"""How many calls one ERP account gets at a time, shared by all workers, falling when the ERP refuses for rate.

A permit of a killed worker expires; without Redis each worker takes its share, at least one.
"""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from app.errors import Throttled
from app.limits import scripts
from app.limits.shared import Shared

KEEP_SECONDS = 30.0
LOOK_AGAIN = (0.02, 0.1)


@dataclass(kw_only=True)
class _Account:
    """What this process holds of an account; `turn` lets one waiter at a time ask Redis."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    held: int = 0


class AccountPermits:
    """`ports.Permits` over Redis. `patience` is how long a caller waits before it is told to come back."""

    def __init__(self, shared: Shared, *, patience: timedelta = timedelta(seconds=5)) -> None:
        self._shared = shared
        self._patience = patience.total_seconds()
        self._accounts: dict[str, _Account] = {}
        self._hold = shared.script(scripts.HOLD)
        self._renew = shared.script(scripts.RENEW)
        self._give_back = shared.script(scripts.GIVE_BACK)

    @asynccontextmanager
    async def hold(self, account: str, most: int) -> AsyncIterator[None]:
        label = hashlib.blake2b(account.encode(), digest_size=12).hexdigest()
        here = self._accounts.setdefault(label, _Account())
        keys, me = (f"{{permits:{label}}}", f"{{permits:{label}}}:mood"), secrets.token_hex(8)
        try:
            await self._wait(here, keys, me, most)
        except BaseException:  # the answer may have been a permit
            await self._shared.run(self._give_back, keys, (me, most, "unsure"))
            raise
        renewing = asyncio.create_task(self._keep(keys[:1], me), context=contextvars.Context())
        mood = "unsure"
        try:
            yield
            mood = "fine"
        except Throttled:
            mood = "throttled"
            raise
        finally:
            here.held -= 1
            here.freed.set()
            renewing.cancel()
            await self._shared.run(self._give_back, keys, (me, most, mood))

    async def _wait(self, here: _Account, keys: tuple[str, str], me: str, most: int) -> None:
        try:
            async with asyncio.timeout(self._patience), here.turn:
                while not await self._got(here, keys, me, most):
                    here.freed.clear()
                    await _either(here.freed, random.uniform(*LOOK_AGAIN))
                here.held += 1
        except TimeoutError as error:
            raise Throttled(
                "host.busy",
                "The ERP already works on as many calls as it allows; this one waits.",
                after=timedelta(seconds=random.uniform(0.5, 1.5)),
            ) from error

    async def _got(self, here: _Account, keys: tuple[str, str], me: str, most: int) -> bool:
        answer = await self._shared.run(self._hold, keys, (me, most, int(KEEP_SECONDS * 1000)))
        if answer is None:
            return here.held < max(1, int(most * self._shared.share))
        return bool(answer[0])

    async def _keep(self, keys: tuple[str, ...], me: str) -> None:
        while True:
            await asyncio.sleep(KEEP_SECONDS / 3)
            await self._shared.run(self._renew, keys, (me, int(KEEP_SECONDS * 1000)))


async def _either(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
