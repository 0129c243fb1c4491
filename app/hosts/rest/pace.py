"""Keeps to the rate that a connection document declares: so many calls in so many seconds, evenly, for one opened connection."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from datetime import timedelta

from app.errors import Throttled


class Pace:
    """A window that slides: a call waits until the one that is so many calls before it is old enough."""

    def __init__(self, *, calls: int | None, seconds: float) -> None:
        self._calls, self._seconds = calls, float(seconds)
        self._turns: deque[float] = deque()

    async def turn(self, most: timedelta) -> None:
        """Raises Throttled where the wait would be longer than half of `most`: a call must have time left to be answered."""
        if self._calls is None:
            return
        now = time.monotonic()
        while self._turns and self._turns[0] <= now - self._seconds:
            self._turns.popleft()
        at = now if len(self._turns) < self._calls else self._turns[-self._calls] + self._seconds
        if at - now > most.total_seconds() / 2:
            wait = timedelta(seconds=at - now)
            raise Throttled("connection.slow_down", "The ERP takes no more calls for now.", after=wait)
        self._turns.append(at)
        await asyncio.sleep(at - now)
