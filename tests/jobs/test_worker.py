"""The worker process in one piece: jobs, loops, a Redis that goes away, and the end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from app.embedded import EmbeddedValkey
from app.job_queue import connect
from app.jobs.worker import run_worker
from tests.jobs.crew import SHOP, TENANT, CountingWork, MemoryLeases, until, working
from tests.patience import FAR


@pytest.fixture
async def url(valkey_url: str) -> str:
    client = connect(valkey_url)
    await client.flushdb()
    await client.aclose(close_connection_pool=True)
    return valkey_url


@pytest.fixture
def own_valkey(server_home: Path) -> Iterator[EmbeddedValkey]:
    """One that a test may kill."""
    with EmbeddedValkey(server_home / f"valkey-{uuid4().hex[:6]}", durable=False) as server:
        yield server


async def test_poke_reaches_the_drain_of_its_shop(url: str) -> None:
    work = CountingWork()
    async with working(url, work) as context:
        shops = [uuid4() for _ in range(12)]
        for shop in shops:
            await context.queue.poke(TENANT, shop)
        await until(lambda: len(work.drains) >= 12)
    assert sorted(work.drains) == sorted(shops)


async def test_poke_during_a_drain_drains_once_more(url: str) -> None:
    work = CountingWork(lasts=0.3)
    async with working(url, work) as context:
        await context.queue.poke(TENANT, SHOP)
        await until(lambda: len(work.drains) == 1)
        for _ in range(20):
            await context.queue.poke(TENANT, SHOP)
            await asyncio.sleep(0.005)
        await until(lambda: work.finished == 2)
        await asyncio.sleep(0.2)
    assert len(work.drains) == 2


async def test_busy_shop_goes_to_the_back_of_the_line_until_it_is_done(url: str) -> None:
    work = CountingWork(more=40)
    async with working(url, work) as context:
        await context.queue.poke(TENANT, SHOP)
        await until(lambda: work.finished == 41)
        await asyncio.sleep(0.15)
    assert work.finished == 41, "more often than arq would have tried one job"


async def test_failed_drain_ends_nothing(url: str) -> None:
    work = CountingWork(trouble=[ValueError("someone@example.com")])
    async with working(url, work) as context:
        await context.queue.poke(TENANT, SHOP)
        await until(lambda: len(work.drains) == 1)
        await context.queue.poke(TENANT, SHOP)
        await until(lambda: work.finished == 1)


async def test_failing_sweep_stops_no_other_loop(url: str) -> None:
    work = CountingWork(sweep_trouble=True)
    async with working(url, work):
        await until(
            lambda: min(work.sweeps, work.turned, work.carried, work.listened) >= 3 and work.kept_up == 1
        )
        await until(lambda: work.alerted == 1)


async def test_work_without_redis_goes_on_and_jobs_come_back_with_it(own_valkey: EmbeddedValkey) -> None:
    work, away = CountingWork(), []
    async with working(own_valkey.url(), work, on_redis_away=lambda: away.append(1)) as context:
        await context.queue.poke(TENANT, SHOP)
        await until(lambda: work.finished == 1)
        own_valkey.kill()
        await until(lambda: len(away) >= 4)  # every listener died of it
        before = work.sweeps
        await until(lambda: work.sweeps >= before + 3)
        await context.queue.poke(TENANT, SHOP)
        own_valkey.start()
        await until_drained(context.queue.poke, work)


async def test_short_outage_is_not_even_noticed_by_a_running_drain(own_valkey: EmbeddedValkey) -> None:
    work = CountingWork(lasts=0.6)
    async with working(own_valkey.url(), work) as context:
        await context.queue.poke(TENANT, SHOP)
        await until(lambda: len(work.drains) == 1)
        own_valkey.kill()
        await until(lambda: work.finished == 1)
        own_valkey.start()
    assert work.cancelled == 0


async def test_wiped_redis_only_costs_the_messages_in_it(url: str) -> None:
    work = CountingWork()
    client = connect(url)
    async with working(url, work) as context:
        await context.queue.poke(TENANT, SHOP)
        await until(lambda: work.finished == 1)
        await client.flushall()
        await until_drained(context.queue.poke, work)
    await client.aclose(close_connection_pool=True)


async def until_drained(poke: object, work: CountingWork) -> None:
    """Pokes now and then, as webhooks do, until one more drain has run."""
    done = work.finished
    for _ in range(2_400):
        await poke(TENANT, SHOP)  # type: ignore[operator]
        await asyncio.sleep(0.1)
        if work.finished > done:
            return
    pytest.fail("the workers never listened again")


async def test_two_workers_share_the_shards_and_one_takes_over(url: str) -> None:
    leases, one, two = MemoryLeases(4), CountingWork(), CountingWork()
    async with working(url, one, leases=leases, name="one") as context:
        async with working(url, two, leases=leases, name="two"):
            await until(lambda: sorted(filter(None, leases.holders.values())) == ["one", "one", "two", "two"])
            for _ in range(24):
                await context.queue.poke(TENANT, uuid4())
            await until(lambda: len(one.drains) + len(two.drains) == 24)
            assert one.drains
            assert two.drains
        await until(lambda: set(leases.holders.values()) == {"one"})
        await context.queue.poke(TENANT, SHOP)
        await until(lambda: SHOP in one.drains)


async def test_stop_waits_for_what_runs_and_gives_the_shards_back(url: str) -> None:
    work, leases = CountingWork(lasts=0.4), MemoryLeases(4)
    async with working(url, work, leases=leases) as context:
        await context.queue.poke(TENANT, SHOP)
        await until(lambda: len(work.drains) == 1)
    assert (work.finished, work.cancelled) == (1, 0)
    assert set(leases.holders.values()) == {None}
    assert leases.live == set()


async def test_stop_cancels_what_does_not_end_in_time_and_leaves_its_job_to_others(url: str) -> None:
    work, later = CountingWork(lasts=3_600), CountingWork()
    async with working(url, work) as context:
        await context.queue.poke(TENANT, SHOP)
        await until(lambda: len(work.drains) == 1)
    assert (work.finished, work.cancelled) == (0, 1)
    async with working(url, later, name="heir"):
        await until(lambda: later.drains == [SHOP])


async def test_sigterm_stops_the_worker(url: str) -> None:
    work = CountingWork()
    async with working(url, CountingWork(), name="unused") as context:
        signalled = replace(context, work=work, leases=MemoryLeases(4), name="signalled")
        running = asyncio.create_task(run_worker(signalled))
        await until(lambda: work.sweeps > 0)
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(FAR):
            await running
    loop = asyncio.get_running_loop()
    loop.remove_signal_handler(signal.SIGTERM)
    loop.remove_signal_handler(signal.SIGINT)
