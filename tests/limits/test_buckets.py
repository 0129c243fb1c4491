"""The cost bucket on a real Valkey; time is moved by rewriting the bucket's own instant, not by waiting."""

from __future__ import annotations

import asyncio
import time

import pytest
from redis.asyncio import Redis

from app.limits import Buckets, Shared, connect
from app.limits.local import LocalBucket
from app.ports import Lane, Limiter
from tests.patience import FAR

SHOP = "one.myshopify.com"
BUCKET = f"{{bucket:{SHOP}}}"


def limiter(redis: Redis, **expected: int) -> Limiter:
    return Buckets(Shared(redis), expected=expected).shop(SHOP)


async def level(redis: Redis) -> float:
    return float(await redis.hget(BUCKET, "level") or 0)


async def fill(redis: Redis, *, at: float, maximum: int = 2000, rate: float = 0.001) -> None:
    """A known bucket that hardly refills, so that the test alone moves the level."""
    await redis.hset(
        BUCKET,
        mapping={
            "level": at,
            "at": int(time.time() * 1000),
            "rate": rate,
            "maximum": maximum,
            "born": 0,
            "owed": 0,
        },
    )


async def waits(redis: Redis) -> None:
    """Returns when somebody stands in the line."""
    for _ in range(40_000):
        if await redis.zcard(f"{BUCKET}:line"):
            return
        await asyncio.sleep(0.005)
    pytest.fail("nobody joined the line")


async def taken(limiter: Limiter, document: str, lane: Lane, within: float = FAR) -> int | None:
    try:
        async with asyncio.timeout(within):
            return await limiter.take(document=document, lane=lane)
    except TimeoutError:
        return None


async def test_unknown_document_reserves_the_most_a_request_may_cost(redis: Redis) -> None:
    await fill(redis, at=2000)
    assert await taken(limiter(redis), "orders", Lane.ORDERS) == 1000
    assert round(await level(redis)) == 1000


async def test_unknown_cost_is_capped_at_a_small_bucket(redis: Redis) -> None:
    await fill(redis, at=400, maximum=400)
    assert await taken(limiter(redis), "orders", Lane.CATALOGUE) == 400


async def test_answer_refunds_what_was_not_spent_and_teaches_the_cost(redis: Redis) -> None:
    await fill(redis, at=2000)
    bucket = limiter(redis)
    reserved = await bucket.take(document="orders", lane=Lane.ORDERS)
    await bucket.settle(
        document="orders",
        reserved=reserved,
        requested=40,
        actual=12,
        available=1988,
        maximum=2000,
        rate=0.001,
    )
    assert round(await level(redis)) == 1988
    assert await taken(limiter(redis), "orders", Lane.ORDERS) == 40


async def test_answer_with_less_available_lowers_the_model(redis: Redis) -> None:
    await fill(redis, at=2000)
    await limiter(redis).settle(
        document="a", reserved=0, requested=10, actual=10, available=300, maximum=2000, rate=0.001
    )
    assert round(await level(redis)) == 300


async def test_answer_with_more_available_does_not_raise_the_model(redis: Redis) -> None:
    """Another worker's reservation may not have reached the shop yet."""
    await fill(redis, at=500)
    await limiter(redis).settle(
        document="a", reserved=10, requested=10, actual=10, available=1900, maximum=2000, rate=0.001
    )
    assert round(await level(redis)) == 500


async def test_throttled_lowers_the_model_and_charges_nothing(redis: Redis) -> None:
    await fill(redis, at=2000)
    bucket = limiter(redis, a=10)
    reserved = await bucket.take(document="a", lane=Lane.ORDERS)
    await bucket.throttled(
        document="a", reserved=reserved, requested=90, available=50, maximum=2000, rate=0.001
    )
    assert round(await level(redis)) == 50
    await fill(redis, at=2000)
    assert await taken(bucket, "a", Lane.ORDERS) == 90


@pytest.mark.parametrize(
    ("lane", "lowest"), [(Lane.CATALOGUE, 600), (Lane.STOCK, 400), (Lane.ORDERS, 200), (Lane.INTERACTIVE, 0)]
)
async def test_lane_leaves_its_floor_to_those_above(redis: Redis, lane: Lane, lowest: int) -> None:
    bucket = limiter(redis, a=10)
    await fill(redis, at=lowest + 9)
    assert await taken(bucket, "a", lane, within=0.05) is None
    await redis.delete(f"{BUCKET}:line", f"{BUCKET}:seen", f"{BUCKET}:wants")
    await fill(redis, at=lowest + 10)
    assert await taken(bucket, "a", lane) == 10


async def test_new_bucket_starts_at_its_floor(redis: Redis) -> None:
    assert await taken(limiter(redis, a=10), "a", Lane.ORDERS, within=0.02) is None
    assert round(await level(redis)) == 200


async def test_first_answer_of_an_aged_new_bucket_tells_the_true_level(redis: Redis) -> None:
    bucket = limiter(redis, a=10)
    reserved = await bucket.take(document="a", lane=Lane.ORDERS)
    other = await bucket.take(document="a", lane=Lane.ORDERS)
    assert other == 10
    await redis.hincrby(BUCKET, "born", -1000)
    await bucket.settle(
        document="a", reserved=reserved, requested=10, actual=10, available=1500, maximum=2000, rate=100
    )
    assert 1489 <= await level(redis) <= 1500, "what the other call still owes is kept back"


async def test_answer_to_a_call_from_before_a_wipe_refunds_nothing(redis: Redis) -> None:
    bucket = limiter(redis)
    await bucket.settle(
        document="a", reserved=1000, requested=10, actual=10, available=1990, maximum=2000, rate=100
    )
    assert await level(redis) <= 201


async def test_wait_is_the_exact_time_until_the_level_is_there(redis: Redis) -> None:
    bucket = limiter(redis, a=100)
    await fill(redis, at=250, rate=1000)  # 50 short of 200 + 100
    started = time.monotonic()
    await bucket.take(document="a", lane=Lane.ORDERS)
    assert time.monotonic() - started >= 0.04


async def test_dear_waiter_is_not_overtaken_by_cheap_ones_of_another_worker(redis: Redis) -> None:
    first, second = limiter(redis, dear=900), limiter(redis, cheap=5)
    await fill(redis, at=900)
    waiting = asyncio.create_task(first.take(document="dear", lane=Lane.ORDERS))
    await waits(redis)
    assert await taken(second, "cheap", Lane.ORDERS, within=0.05) is None
    assert await taken(second, "cheap", Lane.CATALOGUE, within=0.05) is None
    assert await taken(second, "cheap", Lane.INTERACTIVE) == 5, "a lane above goes first"
    await fill(redis, at=2000)
    assert await waiting == 900


async def test_killed_waiter_does_not_block_the_line(redis: Redis) -> None:
    await fill(redis, at=900)
    assert await taken(limiter(redis, dear=900), "dear", Lane.ORDERS, within=0.05) is None
    assert await redis.zcard(f"{BUCKET}:line") == 1
    for waiter, until in await redis.zrange(f"{BUCKET}:seen", 0, -1, withscores=True):
        await redis.zadd(f"{BUCKET}:seen", {waiter: until - 5000})
    assert await taken(limiter(redis, cheap=5), "cheap", Lane.ORDERS) == 5
    assert await redis.zcard(f"{BUCKET}:line") == 0


async def test_shops_do_not_share_a_bucket(redis: Redis) -> None:
    buckets = Buckets(Shared(redis), expected={"a": 10})
    await fill(redis, at=0)
    assert await taken(buckets.shop(SHOP), "a", Lane.ORDERS, within=0.05) is None
    assert await taken(buckets.shop("other.myshopify.com"), "a", Lane.ORDERS, within=FAR) == 10


async def test_without_redis_a_worker_spends_its_share_and_says_so(server_home: object) -> None:
    away: list[int] = []
    gone = connect(f"unix://{server_home}/nobody-listens.sock")
    bucket = Buckets(Shared(gone, live=lambda: 4, on_away=lambda: away.append(1)), expected={"a": 1}).shop(
        SHOP
    )
    assert await taken(bucket, "a", Lane.ORDERS, within=FAR) == 1
    assert away
    await gone.aclose()


async def test_limits_come_back_to_redis_by_themselves(redis: Redis) -> None:
    shared = Shared(redis)
    bucket = Buckets(shared, expected={"a": 1}).shop(SHOP)
    shared._rest_until = time.monotonic() + 0.2
    await bucket.take(document="a", lane=Lane.INTERACTIVE)
    assert not await redis.exists(BUCKET)
    shared._rest_until = 0
    await bucket.take(document="a", lane=Lane.INTERACTIVE)
    assert await redis.exists(BUCKET)


def test_local_bucket_starts_at_the_floor_and_fills_at_its_share() -> None:
    bucket = LocalBucket(maximum=2000, rate=100)
    assert bucket.ask(cost=50, floor=0.1, share=1 / 8, now=0) == pytest.approx(4.0)  # 50 at 12.5/s
    assert bucket.ask(cost=50, floor=0.1, share=1 / 8, now=4.0) == 0
    assert bucket.ask(cost=50, floor=0.1, share=1 / 8, now=4.0) == pytest.approx(4.0)


def test_local_bucket_pays_a_cost_above_its_share_as_a_debt() -> None:
    bucket = LocalBucket(maximum=2000, rate=100)
    bucket.ask(cost=1, floor=0, share=1 / 8, now=0)
    assert bucket.ask(cost=1000, floor=0, share=1 / 8, now=20) == 0  # full at 250
    assert bucket.ask(cost=50, floor=0, share=1 / 8, now=20) == pytest.approx((750 + 50) / 12.5)


def test_unknown_number_of_workers_means_an_eighth(redis: Redis) -> None:
    assert Shared(redis).share == 1 / 8
    assert Shared(redis, live=lambda: 2).share == 1 / 2
    assert Shared(redis, live=lambda: 0).share == 1 / 8
