"""The worker as a real process: how it ends when asked, and what is left when it is killed."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator

import pytest

from app.job_queue import JobQueue, connect, drain_ids
from tests.jobs.crew import SHOP, TENANT
from tests.patience import FAR


@pytest.fixture
async def queue(valkey_url: str) -> AsyncIterator[JobQueue]:
    redis = connect(valkey_url)
    await redis.flushdb()
    queue = JobQueue(redis, shards=4)
    yield queue
    await queue.aclose()


@contextlib.asynccontextmanager
async def worker(url: str, lasts: float) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.jobs.process", url, str(lasts), stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def says(process: Process, word: str) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(FAR):
        assert (await process.stdout.readline()).decode().strip() == word


async def test_sigterm_lets_the_running_drain_end_and_the_process_leave_quietly(
    valkey_url: str, queue: JobQueue
) -> None:
    async with worker(valkey_url, 0.5) as process:
        await queue.poke(TENANT, SHOP)
        await says(process, "started")
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(FAR):
            rest, errors = await process.communicate()
    assert rest.decode().split() == ["finished", "ended"]
    assert process.returncode == 0
    assert errors == b""


async def test_shop_of_a_killed_worker_is_drained_by_the_next_poke(valkey_url: str, queue: JobQueue) -> None:
    async with worker(valkey_url, 60) as process:
        await queue.poke(TENANT, SHOP)
        await says(process, "started")
        process.kill()
        await process.wait()
    redis = connect(valkey_url)
    assert await redis.pttl(f"arq:in-progress:{drain_ids(SHOP)[0]}") > 30_000, (
        "its first id stays taken for long"
    )
    await redis.aclose(close_connection_pool=True)
    async with worker(valkey_url, 0) as heir:
        await queue.poke(TENANT, SHOP)
        await says(heir, "started")
        await says(heir, "finished")
