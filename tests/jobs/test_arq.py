"""What we rely on in arq, on a real Valkey: a new release of arq or redis-py must not change it unnoticed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from arq.connections import ArqRedis
from arq.worker import Worker, func

from app.job_queue import connect, queue_name
from app.jobs.listener import arq_worker, end
from tests.jobs.crew import FAR, until

Job = Callable[[dict[str, Any], str], Awaitable[None]]


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[ArqRedis]:
    client = connect(valkey_url)
    await client.flushdb()
    yield client
    await client.aclose(close_connection_pool=True)


@asynccontextmanager
async def worker(redis: ArqRedis, job: Job, *, timeout: float = 5) -> AsyncIterator[Worker]:
    arq = arq_worker(redis, [func(job, name="job")], 0, slots=4, timeout=timeout)
    running = asyncio.create_task(arq.main())
    try:
        yield arq
    finally:
        arq.allow_pick_jobs = False
        await end({running, *arq.tasks.values()}, within=FAR)


async def send(redis: ArqRedis, key: str = "one", **options: Any) -> bool:
    return await redis.enqueue_job("job", "x", _job_id=key, _queue_name=queue_name(0), **options) is not None


class Counted:
    """A job that counts its runs and can be kept running."""

    def __init__(self) -> None:
        self.started = self.ended = 0
        self.go = asyncio.Event()
        self.go.set()

    async def run(self, ctx: dict[str, Any], word: str) -> None:
        self.started += 1
        await self.go.wait()
        self.ended += 1


async def test_finished_id_can_be_sent_again_at_once(redis: ArqRedis) -> None:
    job = Counted()
    async with worker(redis, job.run):
        for times in (1, 2, 3):
            assert await send(redis)
            await until(lambda times=times: job.ended == times)
            await until_gone(redis, "one")


async def until_gone(redis: ArqRedis, key: str) -> None:
    for _ in range(40_000):
        if not await redis.exists(f"arq:job:{key}"):
            return
        await asyncio.sleep(0.005)
    pytest.fail("the finished job was kept")


async def test_running_id_is_refused_and_nothing_runs_again(redis: ArqRedis) -> None:
    job = Counted()
    job.go.clear()
    async with worker(redis, job.run):
        await send(redis)
        await until(lambda: job.started == 1)
        assert not await send(redis)
        job.go.set()
        await until(lambda: job.ended == 1)
        await asyncio.sleep(0.1)
    assert job.started == 1, "the lost wake-up that the second id and the sweep are there for"


async def test_failed_job_is_not_repeated(redis: ArqRedis) -> None:
    runs: list[str] = []

    async def fail(ctx: dict[str, Any], word: str) -> None:
        runs.append(word)
        raise ValueError(word)

    async with worker(redis, fail):
        await send(redis)
        await until_gone(redis, "one")
        await asyncio.sleep(0.1)
    assert runs == ["x"]


async def test_job_over_its_time_is_cancelled_and_its_id_is_free(redis: ArqRedis) -> None:
    job = Counted()
    job.go.clear()
    async with worker(redis, job.run, timeout=1):
        await send(redis)
        await until(lambda: job.started == 1)
        await until_gone(redis, "one")
    assert job.ended == 0


async def test_cancelled_job_stays_in_the_queue_for_the_next_worker(redis: ArqRedis) -> None:
    job = Counted()
    job.go.clear()
    async with worker(redis, job.run):
        await send(redis)
        await until(lambda: job.started == 1)
    job.go.set()
    async with worker(redis, job.run):
        await until(lambda: job.ended == 1)
    assert job.started == 2


async def test_killed_workers_job_waits_for_its_longest_time_and_ten_seconds(redis: ArqRedis) -> None:
    job = Counted()
    job.go.clear()
    async with worker(redis, job.run, timeout=5):
        await send(redis)
        await until(lambda: job.started == 1)
        left = await redis.pttl("arq:in-progress:one")
    assert 10_000 < left <= 15_000


async def test_job_nobody_started_for_a_week_is_still_there(redis: ArqRedis) -> None:
    await send(redis)
    assert await redis.pttl("arq:job:one") == pytest.approx(7 * 86_400_000, abs=60_000)


async def test_job_starts_soon_after_it_was_sent(redis: ArqRedis) -> None:
    job = Counted()
    waits = []
    async with worker(redis, job.run):
        await asyncio.sleep(0.1)
        for place in range(10):
            before = time.monotonic()
            await send(redis, f"quick:{place}")
            await until(lambda place=place: job.started > place)
            waits.append(time.monotonic() - before)
    assert sorted(waits)[2] < 0.25, "arq as it comes needs 0.3 s on an idle machine"
