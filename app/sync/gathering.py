"""Reads that are asked for at the same time become one request, where their side can read several things at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

from app.ports import Many, Reader
from app.sync.sides import Sides

R = TypeVar("R")
Read = Callable[[Sequence[str]], Awaitable[Mapping[str, R]]]

_MOST = 50
_MOMENT = 0.02
"""Seconds: long enough for the runs that were claimed together, and nothing beside a request."""


@dataclass(kw_only=True)
class _Batch(Generic[R]):
    keys: set[str] = field(default_factory=set)
    answer: asyncio.Task[Mapping[str, R]]


class Gathered(Generic[R]):
    """By connection. Whoever asks first lends the way to read; all that ask within a moment get their part of its answer."""

    def __init__(self) -> None:
        self._open: dict[UUID, _Batch[R]] = {}

    async def read(self, connection: UUID, key: str, reads: Reader[R], sides: Sides) -> R | None:
        """From the ERP, with one permit for all that are wanted now where it can read several; else one by one."""
        if not isinstance(reads, Many):
            return await sides.ask(lambda: reads.get(key))
        several: Many[R] = reads
        return await self.get(connection, key, lambda keys: sides.ask(lambda: several.many(keys)))

    async def get(self, connection: UUID, key: str, read: Read[R]) -> R | None:
        """Raises what the one request raised, to everyone who waits for it."""
        batch = self._open.get(connection)
        if batch is None:
            keys: set[str] = set()
            batch = _Batch(keys=keys, answer=asyncio.create_task(self._asked(connection, keys, read)))
            self._open[connection] = batch
        batch.keys.add(key)
        if len(batch.keys) >= _MOST:
            self._open.pop(connection)
        # One that gives up waiting takes nothing from the others.
        return (await asyncio.shield(batch.answer)).get(key)

    async def _asked(self, connection: UUID, keys: set[str], read: Read[R]) -> Mapping[str, R]:
        await asyncio.sleep(_MOMENT)
        mine = self._open.get(connection)
        if mine is not None and mine.keys is keys:
            del self._open[connection]
        return await read(sorted(keys))
