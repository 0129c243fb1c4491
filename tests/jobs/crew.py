"""A worker's surroundings for tests: work that counts, leases in memory, and a Valkey that may be taken away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from app.job_queue import JobQueue, connect
from app.jobs.context import WorkerContext
from app.jobs.worker import run_worker
from app.settings import Timing
from tests.patience import FAR

TENANT = UUID("11111111-1111-4111-8111-111111111111")
SHOP = UUID("22222222-2222-4222-8222-222222222222")

QUICK = Timing(
    sweep_every=timedelta(milliseconds=40),
    heartbeat=timedelta(milliseconds=50),
    listen_every=timedelta(milliseconds=120),
)


@dataclass(kw_only=True)
class CountingWork:
    """`lasts` is how long a drain takes; `more` how often it says that more is left; `trouble` what it raises once."""

    lasts: float = 0
    more: int = 0
    trouble: list[Exception] = field(default_factory=list)
    drains: list[UUID] = field(default_factory=list)
    finished: int = 0
    cancelled: int = 0
    sweeps: int = 0
    sweep_trouble: bool = False
    turned: int = 0
    kept_up: int = 0
    listened: int = 0
    alerted: int = 0
    carried: int = 0

    async def drain(self, tenant: UUID, shop: UUID) -> bool:
        self.drains.append(shop)
        try:
            await asyncio.sleep(self.lasts)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.trouble:
            raise self.trouble.pop()
        self.finished += 1
        self.more -= 1
        return self.more >= 0

    async def sweep_once(self) -> int:
        self.sweeps += 1
        if self.sweep_trouble:
            raise OSError("the database is away")
        return 0

    async def turns_due(self) -> None:
        self.turned += 1

    async def listen_due(self) -> None:
        self.listened += 1

    async def tasks_due(self) -> None:
        self.carried += 1

    async def alerts_due(self) -> None:
        self.alerted += 1

    async def upkeep(self) -> None:
        self.kept_up += 1


class MemoryLeases:
    """The leases of several workers in one process; a worker that is `gone` no longer counts."""

    def __init__(self, shards: int) -> None:
        self.holders: dict[int, str | None] = dict.fromkeys(range(shards))
        self.live: set[str] = set()
        self.away = False

    async def beat(self, worker: str) -> int:
        if self.away:
            raise OSError("the database is away")
        self.live.add(worker)
        return len(self.live)

    async def claim(self, worker: str, most: int) -> set[int]:
        mine = [shard for shard, holder in self.holders.items() if holder == worker]
        for shard in mine[most:]:
            self.holders[shard] = None
        free = [shard for shard, holder in self.holders.items() if holder is None and shard not in mine]
        for shard in free[: max(0, most - len(mine))]:
            self.holders[shard] = worker
        return {shard for shard, holder in self.holders.items() if holder == worker}

    async def release(self, worker: str) -> None:
        self.live.discard(worker)
        for shard, holder in self.holders.items():
            if holder == worker:
                self.holders[shard] = None


@asynccontextmanager
async def working(
    url: str, work: CountingWork, *, leases: MemoryLeases | None = None, name: str = "one", **changes: object
) -> AsyncIterator[WorkerContext]:
    """A worker that runs until the block ends, and the context it was given."""
    context = WorkerContext(
        name=name,
        work=work,
        leases=leases or MemoryLeases(4),
        queue=JobQueue(connect(url), shards=4),
        redis_url=url,
        timing=QUICK,
        shards=4,
        slots=8,
        grace=timedelta(seconds=2),
    )
    context = replace(context, **changes)  # type: ignore[arg-type]
    stop = asyncio.Event()
    running = asyncio.create_task(run_worker(context, stop=stop))
    try:
        yield context
    finally:
        stop.set()
        await running
        await context.queue.aclose()


async def until(holds: Callable[[], bool], within: float = FAR) -> None:
    """Returns when it holds; the test says so when it never does."""
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110  the thing watched is a count, not an event
            await asyncio.sleep(0.01)
