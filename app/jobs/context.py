"""What the worker process is given: the work itself, the leases on its shards, the queue, and how often to do what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from app.job_queue import JobQueue
from app.settings import Timing


class Work(Protocol):
    """What a worker does. Each works from PostgreSQL alone, in bounded slices, and may be cancelled at any await."""

    async def drain(self, tenant: UUID, shop: UUID) -> bool:
        """Does one slice of what is due for the shop; True when more is left."""
        ...

    async def sweep_once(self) -> int:
        """Finds and does work that no poke brought here; how much it moved on (0: nothing to do)."""
        ...

    async def turns_due(self) -> None:
        """Takes the turns of every flow whose time has come; returns when none is left."""
        ...

    async def listen_due(self) -> None:
        """Asks the ERPs whose time has come what has changed there."""
        ...

    async def tasks_due(self) -> None:
        """Carries on what people began and nobody is at: replays, back-fills; returns when nothing is left."""
        ...

    async def alerts_due(self) -> None:
        """Tells people what is wrong, where it is time to; nothing else waits for it."""
        ...

    async def upkeep(self) -> None:
        """Partitions, retention, expired things."""
        ...


class ShardLeases(Protocol):
    """Who drains which queue: lease rows and heartbeats in PostgreSQL, on its clock."""

    async def beat(self, worker: str) -> int:
        """Says that this worker lives; how many live now, this one included."""
        ...

    async def claim(self, worker: str, most: int) -> set[int]:
        """Renews what the worker holds, gives back what is above `most`, takes free ones up to it; what it holds."""
        ...

    async def release(self, worker: str) -> None:
        """Gives everything back and ends the heartbeat."""
        ...


@dataclass(frozen=True, kw_only=True)
class WorkerContext:
    """`name` is unique per process and start. `slots` are the jobs this process runs at a time, over all its shards.

    `job_timeout` cuts a drain off wherever it is, so it must leave room for a slice and the longest call in it.
    """

    name: str
    work: Work
    leases: ShardLeases
    queue: JobQueue
    redis_url: str
    timing: Timing
    shards: int
    slots: int
    job_timeout: timedelta = timedelta(seconds=30)
    grace: timedelta = timedelta(seconds=12)
    on_live: Callable[[int], None] = lambda _live: None
    on_redis_away: Callable[[], None] = lambda: None
