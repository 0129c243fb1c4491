"""How many calls of ours NetSuite gets at the same time: fewer after a refusal, slowly more again while none comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from app.errors import Throttled

_PATIENCE = 10.0
# Other integrations of the account come and go: after so many answers in a row one more call is tried.
_CALM = 40


class Gate:
    """The account's limit is not told anywhere and shared with everybody, so it is felt for."""

    def __init__(self, most: int, *, patience: float = _PATIENCE) -> None:
        """`patience`: seconds that a call waits for a place."""
        self.most = most
        self.patience = patience
        self.width = most
        self.busy = 0
        self._calm = 0
        self._waiting: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Raises Throttled when no place comes free in time: nothing was sent then."""
        await self._enter()
        try:
            yield
        finally:
            self.busy -= 1
            self._wake()

    def refused(self) -> None:
        """The account had no place for the call that is still counted as busy."""
        self.width, self._calm = max(1, min(self.width, self.busy - 1)), 0

    def answered(self) -> None:
        self._calm += 1
        if self._calm >= _CALM and self.width < self.most:
            self.width, self._calm = self.width + 1, 0
            self._wake()

    async def _enter(self) -> None:
        if self.busy < self.width and not self._waiting:
            self.busy += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self.patience):
                await self._given(turn)
        except TimeoutError as cause:
            raise busy() from cause

    async def _given(self, turn: asyncio.Future[None]) -> None:
        """A place that was given to a call that is cancelled in the same moment is passed on."""
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.busy -= 1
            self._wake()
            raise

    def _wake(self) -> None:
        self._waiting = [turn for turn in self._waiting if not turn.done()]
        while self._waiting and self.busy < self.width:
            self.busy += 1
            self._waiting.pop(0).set_result(None)


def busy() -> Throttled:
    return Throttled(
        "connection.slow_down",
        "NetSuite works on as many requests of this account as it takes at the same time.",
        after=timedelta(seconds=2),
    )
