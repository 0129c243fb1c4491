"""One shard's arq worker, started again whenever Redis took it down; jobs that ran meanwhile run to their end."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any
from uuid import UUID

import orjson
from arq.connections import ArqRedis
from arq.worker import Function, Worker, func
from redis.exceptions import RedisError

from app import logs
from app.job_queue import DRAIN, KEEP_MS, connect, pack, queue_name
from app.jobs.context import WorkerContext

POLL_DELAY = 0.03
MOST_TRIES = 20
HEALTH_EVERY = 15
BACK_OFF = (0.2, 5.0)
CALM_AFTER = 10.0


class Listener:
    """Takes jobs of one shard, from when it is made until `stop`."""

    def __init__(self, shard: int, context: WorkerContext, *, slots: int) -> None:
        self._shard = shard
        self._context = context
        self._slots = slots
        self._redis = connect(context.redis_url, patient=True)
        self._arq: Worker | None = None
        self._left: set[asyncio.Task[Any]] = set()
        self._stopping = False
        self._task = asyncio.create_task(self._listen(), name=f"shard-{shard}")

    async def stop(self, within: float) -> None:
        """Takes nothing more, waits for what runs, cancels the rest, returns when all has ended."""
        self._stopping = True
        if self._arq is not None:
            self._arq.allow_pick_jobs = False
        if running := self._running():
            await asyncio.wait(running, timeout=within)
        await end({self._task})
        await end(self._running())
        await self._redis.aclose(close_connection_pool=True)

    def _running(self) -> set[asyncio.Task[Any]]:
        current = set() if self._arq is None else set(self._arq.tasks.values())
        return {job for job in current | self._left if not job.done()}

    async def _listen(self) -> None:
        pause = BACK_OFF[0]
        while not self._stopping:
            started = time.monotonic()
            try:
                await self._take_jobs()
            except (RedisError, OSError, TimeoutError) as error:
                self._context.on_redis_away()
                logs.get("worker").warning("redis.away", shard=self._shard, error=type(error).__name__)
            except Exception as error:  # noqa: BLE001  an unknown fault of arq must not end the shard
                logs.get("worker").error("listener.died", shard=self._shard, exc_info=error)
            if time.monotonic() - started > CALM_AFTER:
                pause = BACK_OFF[0]
            await asyncio.sleep(pause * random.uniform(0.5, 1))
            pause = min(pause * 2, BACK_OFF[1])

    async def _take_jobs(self) -> None:
        self._arq = arq = arq_worker(
            self._redis,
            [func(self._drain, name=DRAIN)],
            self._shard,
            slots=self._slots,
            timeout=self._context.job_timeout.total_seconds(),
        )
        try:
            await arq.main()
        finally:
            for job in arq.tasks.values():
                self._left.add(job)
                job.add_done_callback(self._forget)

    def _forget(self, job: asyncio.Task[Any]) -> None:
        """Its report to Redis may have failed; what it did is in PostgreSQL."""
        self._left.discard(job)
        if not job.cancelled():
            job.exception()

    async def _drain(self, ctx: dict[str, Any], tenant: str, shop: str) -> None:
        """One slice; a shop with more goes to the back of the line. A failure is logged and left to the sweep."""
        about = UUID(tenant), UUID(shop)
        try:
            with logs.bound(shop=shop):
                more = await self._context.work.drain(*about)
        except Exception as error:  # noqa: BLE001  arq would log the message, which may hold personal data
            logs.get("worker").error("drain.failed", shop=shop, exc_info=error)
            return
        if more:
            await self._context.queue.drain_again(*about, running=str(ctx["job_id"]))


def arq_worker(
    redis: ArqRedis, functions: list[Function], shard: int, *, slots: int, timeout: float
) -> Worker:
    """arq with none of its defaults: those start a job after 0.3 s and keep an id busy for an hour."""
    return Worker(
        functions,
        queue_name=queue_name(shard),
        redis_pool=redis,
        handle_signals=False,
        max_jobs=slots,
        job_timeout=timeout,
        keep_result=0,
        poll_delay=POLL_DELAY,
        max_tries=MOST_TRIES,
        health_check_interval=HEALTH_EVERY,
        job_serializer=pack,
        job_deserializer=orjson.loads,
        expires_extra_ms=KEEP_MS,
        log_results=False,
    )


async def end(tasks: set[asyncio.Task[Any]], within: float = 3.0) -> None:
    """Cancels until they have ended: a cancellation that meets a connection being made can get lost in the library."""
    deadline = time.monotonic() + within
    while (left := {task for task in tasks if not task.done()}) and time.monotonic() < deadline:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=0.3)
    await asyncio.gather(*(task for task in tasks if task.done()), return_exceptions=True)
