"""What is asked for one by one at the same moment is read at once: the loader behind every field that leads somewhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from functools import partial
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST = 500
"""Keys of one reading."""
_STEPS = 4
"""Turns of the loop that a reading waits for more: graphql-core goes below a longer list a step later than below a short one."""


class Loader(Generic[K, V]):
    """Answers None for what is not there. What was begun while it `keeps` is not read again, unless it failed: a websocket's
    requests share a loader, and what is shown after a change must be read after it.
    """

    def __init__(
        self,
        read: Callable[[list[K]], Awaitable[Mapping[K, V]]],
        keeps: Callable[[], bool] = lambda: False,
    ) -> None:
        self._read, self._keeps = read, keeps
        self._asked: dict[K, list[asyncio.Future[V | None]]] = {}
        self._kept: dict[K, asyncio.Future[Mapping[K, V]]] = {}
        self._reading: set[asyncio.Future[Mapping[K, V]]] = set()

    def load(self, key: K) -> Awaitable[V | None]:
        """Each caller waits for a future of its own, since whoever is cancelled takes the one along it waits for."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[V | None] = loop.create_future()
        if kept := self._kept.get(key):
            kept.add_done_callback(partial(_answer, {key: [answer]}))
            return answer
        if not self._asked:
            self._soon(loop, _STEPS)
        self._asked.setdefault(key, []).append(answer)
        return answer

    def _soon(self, loop: asyncio.AbstractEventLoop, steps: int) -> None:
        if steps:
            loop.call_soon(self._soon, loop, steps - 1)
        else:
            self._begin()

    def _begin(self) -> None:
        asked, self._asked = list(self._asked.items()), {}
        for first in range(0, len(asked), MOST):
            some = dict(asked[first : first + MOST])
            reading = asyncio.ensure_future(self._read(list(some)))
            self._reading.add(reading)
            reading.add_done_callback(self._reading.discard)
            reading.add_done_callback(partial(_answer, some))
            if self._keeps():
                self._kept |= dict.fromkeys(some, reading)
                reading.add_done_callback(self._forget_failed)

    def _forget_failed(self, reading: asyncio.Future[Mapping[K, V]]) -> None:
        if reading.cancelled() or reading.exception() is not None:
            self._kept = {key: kept for key, kept in self._kept.items() if kept is not reading}

    def forget(self) -> None:
        """What was kept: nobody asks any more, and rows are not to wait for a collector of cycles."""
        self._kept.clear()


def _answer(
    asked: Mapping[K, list[asyncio.Future[V | None]]], reading: asyncio.Future[Mapping[K, V]]
) -> None:
    """An error, and an end, is everybody's who waits."""
    error = None if reading.cancelled() else reading.exception()
    for key, answers in asked.items():
        for each in answers:
            if each.done():
                continue
            if reading.cancelled():
                each.cancel()
            elif error is not None:
                each.set_exception(error)
            else:
                each.set_result(reading.result().get(key))
