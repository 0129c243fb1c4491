"""Opens a worker process's work and runs it until it is told to stop; its probes answer on a port of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import uvicorn
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from app import probes
from app.condition import Condition
from app.counting import counted
from app.jobs.context import WorkerContext
from app.jobs.counting import CountedLeases, CountedWork
from app.jobs.worker import run_worker
from app.models.database import Database
from app.probes import Metrics
from app.settings import Settings
from app.steps import barrier
from app.sync.running import LATE
from app.wiring import Core, open_core, worker_name

_CLOSING = timedelta(seconds=15)
"""What a slice may run over by: waiting for Shopify's bucket and for a permit of the ERP."""


async def work(settings: Settings, *, stop: asyncio.Event | None = None) -> None:
    """One worker process, on PostgreSQL's truth; Redis only tells it where to look first."""
    barrier.install(settings.crash_barrier)
    metrics = probes.metrics(CollectorRegistry())

    def away(part: str) -> None:
        metrics.redis_away.labels(part=part).inc()

    async with (
        open_core(settings, database_size=settings.worker_slots // 2 + 4, away=away) as core,
        _probed(settings, core.database, metrics),
    ):
        context = _context(settings, counted(core, metrics), metrics, lambda: away("worker"))
        await run_worker(context, stop=stop)


def _context(settings: Settings, core: Core, metrics: Metrics, away: probes.Told) -> WorkerContext:
    name = worker_name()

    def live(count: int) -> None:
        core.live[0] = count
        metrics.workers_live.set(count)

    def ended(flow: str, outcome: str) -> None:
        metrics.records.labels(flow=flow, outcome=outcome).inc()

    longest = settings.timing.deadline or timedelta(seconds=25)
    return WorkerContext(
        name=name,
        work=CountedWork(inner=core.work(name, counted=ended), metrics=metrics),
        leases=CountedLeases(inner=core.leases(), metrics=metrics),
        queue=core.queue,
        redis_url=settings.redis_url,
        timing=settings.timing,
        shards=settings.shards,
        slots=settings.worker_slots,
        job_timeout=settings.timing.slice_most * LATE + longest + _CLOSING,
        on_live=live,
        on_redis_away=away,
    )


@asynccontextmanager
async def _probed(settings: Settings, database: Database, metrics: Metrics) -> AsyncIterator[None]:
    """Serves the probes beside the work; port 0 serves none."""
    host, port = settings.metrics_host, settings.metrics_port
    if not port:
        yield
        return
    app = Starlette(routes=probes.routes(Condition(database=database), metrics))
    config = uvicorn.Config(app, host=host, port=port, access_log=False, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    # The public serve() would take the worker's signals for itself.
    serving = asyncio.create_task(server._serve())  # noqa: SLF001
    try:
        yield
    finally:
        server.should_exit = True
        await serving
