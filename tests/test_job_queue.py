"""The sender to arq on a real Valkey: what is coalesced, where it goes, and what happens without Redis."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from arq.connections import ArqRedis

from app.job_queue import JobQueue, connect, drain_ids, queue_name, shard_of

TENANT = UUID("11111111-1111-4111-8111-111111111111")
SHOP = UUID("22222222-2222-4222-8222-222222222222")


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[ArqRedis]:
    client = connect(valkey_url)
    await client.flushdb()
    yield client
    await client.aclose(close_connection_pool=True)


@pytest.fixture
async def queue(valkey_url: str) -> AsyncIterator[JobQueue]:
    queue = JobQueue(connect(valkey_url), shards=4)
    yield queue
    await queue.aclose()


async def waiting(redis: ArqRedis) -> dict[str, int]:
    """Every queued job and the queue it is in."""
    return {key.decode(): shard for shard in range(4) for key in await redis.zrange(queue_name(shard), 0, -1)}


async def sent(redis: ArqRedis, count: int) -> dict[str, int]:
    for _ in range(20_000):
        if len(found := await waiting(redis)) >= count:
            return found
        await asyncio.sleep(0.01)
    return await waiting(redis)


async def test_many_pokes_of_one_shop_are_one_job(redis: ArqRedis, queue: JobQueue) -> None:
    for _ in range(1000):
        await queue.poke(TENANT, SHOP)
    assert await sent(redis, 1) == {drain_ids(SHOP)[0]: shard_of(SHOP, 4)}


async def test_poke_while_the_first_is_taken_sends_the_second_id_a_little_later(
    redis: ArqRedis, queue: JobQueue
) -> None:
    first, following = drain_ids(SHOP)
    await queue.enqueue("drain", first, TENANT, SHOP, shard=shard_of(SHOP, 4))
    before = time.time() * 1000
    await queue.poke(TENANT, SHOP)
    assert set(await sent(redis, 2)) == {first, following}
    due = await redis.zscore(queue_name(shard_of(SHOP, 4)), following)
    assert due is not None
    assert due >= before + 50 + 50


async def test_closing_sends_the_last_pokes(redis: ArqRedis, valkey_url: str) -> None:
    queue = JobQueue(connect(valkey_url), shards=4)
    await queue.poke(TENANT, SHOP)
    await queue.aclose()
    assert await waiting(redis) == {drain_ids(SHOP)[0]: shard_of(SHOP, 4)}


async def test_shops_spread_over_the_shards_and_stay_there(queue: JobQueue, redis: ArqRedis) -> None:
    shops = [uuid4() for _ in range(60)]
    for shop in shops:
        await queue.poke(TENANT, shop)
    found = await sent(redis, 60)
    assert len(found) == 60
    assert set(found.values()) == {0, 1, 2, 3}
    assert shard_of(SHOP, 4) == 2, "the hash must never change: two workers would drain one shop"


async def test_job_with_a_waiting_key_is_refused(queue: JobQueue) -> None:
    assert await queue.enqueue("upkeep", "upkeep:1", shard=0)
    assert not await queue.enqueue("upkeep", "upkeep:1", shard=0)


async def test_delayed_job_is_due_later_and_kept_for_a_week_after(redis: ArqRedis, queue: JobQueue) -> None:
    before = time.time() * 1000
    await queue.enqueue("upkeep", "upkeep:2", shard=1, delay=timedelta(hours=2))
    due = await redis.zscore(queue_name(1), "upkeep:2")
    assert due is not None
    assert due - before == pytest.approx(2 * 3_600_000, abs=5_000)
    kept = await redis.pttl("arq:job:upkeep:2")
    assert kept == pytest.approx(2 * 3_600_000 + 7 * 86_400_000, abs=5_000)


async def test_message_is_json_with_ids_as_text(redis: ArqRedis, queue: JobQueue) -> None:
    await queue.enqueue("drain", "drain:x", TENANT, SHOP, shard=0)
    stored = await redis.get("arq:job:drain:x")
    assert stored is not None
    assert stored.startswith(b"{")
    assert str(SHOP).encode() in stored


async def test_drain_with_more_to_do_goes_on_under_its_other_id(redis: ArqRedis, queue: JobQueue) -> None:
    first, following = drain_ids(SHOP)
    assert await queue.drain_again(TENANT, SHOP, running=first)
    assert set(await waiting(redis)) == {following}
    assert await queue.drain_again(TENANT, SHOP, running=following)
    assert set(await waiting(redis)) == {first, following}


async def test_without_redis_a_poke_is_a_count_and_never_an_error_nor_a_wait(server_home: Path) -> None:
    away: list[int] = []
    queue = JobQueue(
        connect(f"unix://{server_home}/nobody-listens.sock"), shards=4, on_away=lambda: away.append(1)
    )
    await queue.poke(TENANT, SHOP)
    assert away == [], "it was not waited for"
    assert not await queue.enqueue("upkeep", "upkeep:3", shard=0)
    for _ in range(20_000):
        if len(away) == 2:
            break
        await asyncio.sleep(0.01)
    assert len(away) == 2
    await queue.aclose()


async def test_pokes_reach_a_redis_that_came_back(redis: ArqRedis, queue: JobQueue) -> None:
    await queue.poke(TENANT, SHOP)
    await sent(redis, 1)
    await redis.flushdb()
    await redis.client_kill_filter(_type="normal", skipme=True)
    for _ in range(3_000):
        await queue.poke(TENANT, SHOP)
        await asyncio.sleep(0.08)
        if drain_ids(SHOP)[0] in await waiting(redis):
            return
    pytest.fail("no poke ever came")
