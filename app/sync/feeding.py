"""Feeds records of a long run to the workers a few at a time, so that live orders never wait behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from app.models import run_records, runs, timeline
from app.models.database import Database, Tx
from app.models.records import State
from app.models.runs import Task
from app.ports import Hint
from app.sync.sides import Sides

_NONE = {each.value: 0 for each in State}

Raise = Callable[[Tx, Sequence[Hint]], Awaitable[int]]


class TaskLost(Exception):
    """An heir has the run, or somebody stopped it: change nothing more."""


@dataclass(kw_only=True, eq=False)
class TaskWaits(Exception):
    """Nothing of it moves now; it goes on `after` that time, where it stands.

    Not frozen: whoever passes an exception on writes its traceback.
    """

    after: timedelta = timedelta(seconds=15)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """`window`: records of one run that are due at a time, so many at most does a live order wait behind; `look`: how often

    it is looked whether there is room, in seconds; `patience`: how long a run waits while nothing of it moves before it
    leaves its place to another.
    """

    window: int = 50
    look: float = 0.5
    patience: float = 60.0


@dataclass(kw_only=True)
class Feeder:
    """One run's. `counts` grow as it goes; whatever is stored is stored with them."""

    database: Database
    task: Task
    sides: Sides
    lease: timedelta
    poke: Callable[[UUID, UUID], Awaitable[None]]
    pace: Pace = field(default_factory=Pace)
    counts: dict[str, int] = field(default_factory=dict)
    _told: tuple[int, int] = (0, 0)

    async def count(self, counts: Mapping[str, int]) -> None:
        """Says how far it is. Raises TaskLost."""
        self.counts |= counts
        async with self.database.tenant(self.task.tenant) as tx:
            await self.store(tx)

    async def store(self, tx: Tx, *, checkpoint: str | None = None) -> None:
        """In the transaction of whatever is counted. Raises TaskLost, which undoes it."""
        calls, points = self.sides.meter.calls, self.sides.meter.points
        mine = await runs.advance(
            tx,
            self.task,
            lease=self.lease,
            counts=self.counts,
            checkpoint=checkpoint,
            calls=calls - self._told[0],
            points=points - self._told[1],
        )
        if not mine:
            raise TaskLost
        self._told = calls, points

    async def feed(self, hints: Sequence[Hint], make_due: Raise, *, checkpoint: str | None) -> None:
        """Makes them due, a window at a time; the checkpoint is stored with the last of them."""
        size = self.pace.window
        slices = [hints[start : start + size] for start in range(0, len(hints), size)] or [[]]
        for place, part in enumerate(slices, start=1):
            await self._room()
            last = place == len(slices)
            async with self.database.tenant(self.task.tenant) as tx:
                raised = await make_due(tx, part) if part else 0
                self.counts["raised"] = self.counts.get("raised", 0) + raised
                await self.store(tx, checkpoint=checkpoint if last else None)
            if raised:
                await self.poke(self.task.tenant, self.sides.connection.shop)

    async def rest(self) -> None:
        """Returns when none of its records is due any more, with how they ended; those that wait for long are left."""
        await self._until(0, within=timedelta(seconds=30))

    async def tell(self, kind: str, sentence: str) -> None:
        """A line under the run."""
        async with self.database.tenant(self.task.tenant) as tx:
            await timeline.note(
                tx,
                tenant=self.task.tenant,
                connection=self.task.connection,
                record=None,
                run=self.task.run,
                kind=kind,
                sentence=sentence,
                facts={name: str(count) for name, count in self.counts.items()},
            )

    async def _room(self) -> None:
        await self._until(self.pace.window // 2, within=timedelta(0))

    async def _until(self, most: int, *, within: timedelta) -> None:
        """Raises TaskWaits when nothing moves: the ERP is away, say, or the flow was stopped."""
        before, still = None, 0.0
        while True:
            async with self.database.tenant(self.task.tenant) as tx:
                left = await run_records.under_way(tx, self.task, within=within)
                self.counts |= _NONE | await run_records.ended(tx, self.task)
                await self.store(tx)
            if left <= most:
                return
            still = still + self.pace.look if left == before else 0.0
            if still > self.pace.patience:
                raise TaskWaits
            before = left
            await asyncio.sleep(self.pace.look)
