"""Opens a worker process's work and runs it until it is told to stop."""

from __future__ import annotations

import asyncio

from app.jobs.context import WorkerContext
from app.jobs.worker import run_worker
from app.settings import Settings
from app.steps import barrier
from app.wiring import open_core, worker_name


async def work(settings: Settings, *, stop: asyncio.Event | None = None) -> None:
    """One worker process, on PostgreSQL's truth; Redis only tells it where to look first."""
    barrier.install(settings.crash_barrier)
    async with open_core(settings, database_size=settings.worker_slots // 2 + 4) as core:
        name = worker_name()
        context = WorkerContext(
            name=name,
            work=core.work(name),
            leases=core.leases(),
            queue=core.queue,
            redis_url=settings.redis_url,
            timing=settings.timing,
            shards=settings.shards,
            slots=settings.worker_slots,
            on_live=lambda live: core.live.__setitem__(0, live),
        )
        await run_worker(context, stop=stop)
