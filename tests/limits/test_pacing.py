"""Many workers against a shop with a true bucket: nearly all of its rate is used, and nobody is ever refused."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field

from app.limits import Buckets, Shared, connect
from app.ports import Lane, Limiter

MAXIMUM, REQUESTED = 8_000, 40
FLOOR = 0.1 * MAXIMUM
ROUNDS = ((4_000.0, 400), (1_000.0, 200), (250.0, 100))
"""A shop's rate, and how many calls it gets."""

NEARLY_ALL = 0.95


@dataclass(kw_only=True)
class Shop:
    """Charges what is requested on arrival and gives back what was not used with the answer, as Shopify does."""

    level: float
    rate: float = ROUNDS[0][0]
    at: float = field(default_factory=time.monotonic)
    first: float | None = None
    head: float = 0
    last: float = 0
    used: int = 0
    refused: int = 0

    def now(self) -> float:
        now = time.monotonic()
        self.level, self.at = min(MAXIMUM, self.level + (now - self.at) * self.rate), now
        return now

    async def call(self) -> tuple[bool, int, int]:
        """Whether it was let in, what it cost, what is left."""
        arrived = self.now()
        if self.first is None:
            self.first, self.head = arrived, self.level - FLOOR
        if self.level < REQUESTED:
            self.refused += 1
            return False, 0, int(self.level)
        self.level -= REQUESTED
        actual = random.randint(10, REQUESTED)
        await asyncio.sleep(random.uniform(0.01, 0.03))
        self.last = self.now()
        self.level = min(MAXIMUM, self.level + REQUESTED - actual)
        self.used += actual
        return True, actual, int(self.level)

    @property
    def share(self) -> float:
        """Of what could have been spent from the first call to the last."""
        assert self.first is not None
        return self.used / (self.head + self.rate * (self.last - self.first))


async def one_call(bucket: Limiter, shop: Shop) -> None:
    reserved = await bucket.take(document="orders", lane=Lane.ORDERS)
    done, actual, left = await shop.call()
    if done:
        await bucket.settle(
            document="orders",
            reserved=reserved,
            requested=REQUESTED,
            actual=actual,
            available=left,
            maximum=MAXIMUM,
            rate=shop.rate,
        )
    else:
        await bucket.throttled(
            document="orders",
            reserved=reserved,
            requested=REQUESTED,
            available=left,
            maximum=MAXIMUM,
            rate=shop.rate,
        )


async def test_workers_use_nearly_all_of_the_rate_and_are_never_refused(valkey_url: str) -> None:
    """At one rate at least: what a machine is too busy or too slow to ask for is not left unused by the bucket."""
    for rate, calls in ROUNDS:
        shop = await in_full_work(valkey_url, rate, calls)
        assert shop.refused == 0
        if shop.share >= NEARLY_ALL:
            return
    assert shop.share >= NEARLY_ALL


async def in_full_work(valkey_url: str, rate: float, calls: int) -> Shop:
    """Many workers of three processes, and what the shop saw of them."""
    processes = [connect(valkey_url) for _ in range(3)]
    await processes[0].flushdb()
    shop = Shop(level=FLOOR, rate=rate)
    limiters = [Buckets(Shared(each), expected={"orders": REQUESTED}).shop("s") for each in processes]
    left = iter(range(calls))

    async def worker(bucket: Limiter) -> None:
        for _ in left:
            await one_call(bucket, shop)

    await asyncio.gather(*(worker(limiters[place % 3]) for place in range(24)))
    for each in processes:
        await each.aclose()
    return shop


async def test_wiped_redis_in_full_work_refuses_nobody(valkey_url: str) -> None:
    redis = connect(valkey_url)
    await redis.flushdb()
    shop = Shop(level=MAXIMUM / 2)
    bucket = Buckets(Shared(redis), expected={"orders": REQUESTED}).shop("s")

    async def worker() -> None:
        for _ in range(8):
            await one_call(bucket, shop)

    async def wiper() -> None:
        for _ in range(3):
            await asyncio.sleep(0.15)
            await redis.flushdb()

    await asyncio.gather(wiper(), *(worker() for _ in range(16)))
    await redis.aclose()
    assert shop.refused == 0
    assert shop.used > 0
