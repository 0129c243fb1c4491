"""What people began and a worker carries on: replays and back-fills, by a lease, from their last checkpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Protocol
from uuid import UUID

from app.domain.stock_plan import RunState
from app.errors import Misconfigured, Reason, Rejected, Retry, StockbridgeError, Unclear
from app.logs import get
from app.models import connections, runs
from app.models.database import Database, Tx
from app.models.runs import Task
from app.sync import owners
from app.sync.feeding import Feeder, Pace, TaskLost, TaskWaits
from app.sync.sides import Opener, Sides
from app.sync.stock.keeping import kept

_AT_ONCE = 2
_LATER = timedelta(seconds=15)
_LOOK = timedelta(seconds=2)
_PAUSED = timedelta(minutes=1)
"""A shop that lets nobody in is not asked again by every run: the connection's own round finds out when it does."""


class Carries(Protocol):
    """One kind of run."""

    async def carry(self, task: Task, sides: Sides, feeder: Feeder) -> bool:
        """Goes on where the task stands. True: it is over. Raises TaskWaits, TaskLost and what either side raises."""
        ...


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """The worker's loop over runs that nobody is at. From PostgreSQL alone; reads of the store go in the lowest lane."""

    database: Database
    carriers: Mapping[str, Carries]
    open: Opener
    poke: Callable[[UUID, UUID], Awaitable[None]]
    pause: Callable[[UUID, UUID, Reason], Awaitable[None]]
    lease: timedelta
    pace: Pace = field(default_factory=Pace)

    async def due(self) -> None:
        """Carries on what is there, a few at a time; cancelled, it leaves each where its checkpoint is."""
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                if free := _AT_ONCE - len(running):
                    for found in await runs.to_do(self.database, most=free):
                        running.add(asyncio.create_task(self._one(*found)))
                if not running:
                    return
                _, running = await asyncio.wait(
                    running, timeout=_LOOK.total_seconds(), return_when=asyncio.FIRST_COMPLETED
                )
        finally:
            for each in running:
                each.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _one(self, tenant: UUID, run: UUID) -> None:
        """One run's failure stays its own."""
        async with self.database.tenant(tenant) as tx:
            task = await runs.claim(tx, tenant=tenant, run=run, lease=self.lease)
        if task is None:
            return
        again = timedelta(0)
        try:
            async with kept(self.database, tenant, partial(self._extend, task), lease=self.lease):
                await self._carry(task)
        except TaskLost:
            return
        except TaskWaits as waits:
            again = waits.after
        except (Retry, Unclear) as error:
            again = error.after or _LATER if isinstance(error, Retry) else _LATER
            get("tasks").warning("task.waits", run=str(run), code=error.code)
        except Misconfigured as error:
            again = _LATER
            if error.code.startswith("owner."):
                await self._end(task, RunState.FAILED, error.reason)
            else:
                await self.pause(tenant, task.connection, error.reason)
        except StockbridgeError as error:
            await self._end(task, RunState.FAILED, error.reason)
        except Exception as error:  # noqa: BLE001  the other runs go on
            again = _LATER
            get("tasks").error("task.broke", run=str(run), exc_info=error)
        finally:
            async with self.database.tenant(tenant) as tx:
                await runs.release(tx, task, until=again)

    async def _extend(self, task: Task, tx: Tx) -> bool:
        return await runs.advance(tx, task, lease=self.lease)

    async def _carry(self, task: Task) -> None:
        async with self.database.tenant(task.tenant) as tx:
            connection = await connections.one(tx, tenant=task.tenant, connection=task.connection)
        if connection is None:
            raise Rejected("connection.unknown", "There is no such connection.")
        if connection.state == "paused":
            raise TaskWaits(after=_PAUSED)
        owners.may_write(connection.owners, task.flow, to="host")
        sides = (await self.open(connection)).low
        feeder = Feeder(
            database=self.database, task=task, sides=sides, lease=self.lease, poke=self.poke,
            counts=dict(task.counts), pace=self.pace,
        )  # fmt: skip
        if await self.carriers[task.kind].carry(task, sides, feeder):
            await feeder.tell("over", "The run is over.")
            await self._end(task, RunState.DONE, None)

    async def _end(self, task: Task, state: RunState, reason: Reason | None) -> None:
        async with self.database.tenant(task.tenant) as tx:
            await runs.end(tx, tenant=task.tenant, run=task.run, state=state, reason=reason)
