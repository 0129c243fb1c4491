"""The requests of our API's callers on a real Valkey, and without one."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from app.errors import Throttled
from app.limits import Left, Requests, Shared, connect
from app.limits.requests import BURST_SECONDS

NOWHERE = "redis://127.0.0.1:1"


async def granted(requests: Requests, caller: str, tries: int) -> int:
    """How many of so many are let through."""
    count = 0
    for _ in range(tries):
        try:
            await requests.take(caller)
        except Throttled:
            continue
        count += 1
    return count


async def test_a_burst_is_let_through_and_no_more(redis: Redis) -> None:
    requests = Requests(Shared(redis), per_minute=60)
    assert await granted(requests, "token:a", 30) == BURST_SECONDS


async def test_one_callers_haste_is_nobody_elses(redis: Redis) -> None:
    requests = Requests(Shared(redis), per_minute=60)
    await granted(requests, "token:a", 30)
    assert await granted(requests, "token:b", 3) == 3


async def test_all_processes_share_one_count(redis: Redis) -> None:
    here, there = [Requests(Shared(redis), per_minute=60) for _ in range(2)]
    assert await granted(here, "token:a", 6) == 6
    assert await granted(there, "token:a", 6) == 4


async def test_the_wait_that_is_told_is_the_wait_there_is(redis: Redis) -> None:
    requests = Requests(Shared(redis), per_minute=60)
    await granted(requests, "token:a", BURST_SECONDS)
    with pytest.raises(Throttled) as refused:
        await requests.take("token:a")
    assert refused.value.after is not None
    assert 0.5 < refused.value.after.total_seconds() <= 1.0
    (key,) = await redis.keys("{requests:*")
    await redis.hincrby(key, "at", -int(refused.value.after.total_seconds() * 1000) - 1)
    await requests.take("token:a")


async def test_who_is_let_through_is_told_what_is_left(redis: Redis) -> None:
    requests = Requests(Shared(redis), per_minute=60)
    assert [await requests.take("token:a") for _ in range(2)] == [
        Left(most=10, now=9, full_in=1),
        Left(most=10, now=8, full_in=2),
    ]
    away = Requests(Shared(connect(NOWHERE), live=lambda: 1), per_minute=60)
    assert (await away.take("token:a")).now == 9


async def test_a_callers_name_does_not_stand_in_the_key(redis: Redis) -> None:
    await Requests(Shared(redis), per_minute=60).take("token:a")
    assert not any(b"token" in key for key in await redis.keys("*"))


async def test_without_redis_a_process_counts_by_itself_and_allows_its_share() -> None:
    client = connect(NOWHERE)
    requests = Requests(Shared(client, live=lambda: 2), per_minute=120)
    assert await granted(requests, "token:a", 40) == BURST_SECONDS
    assert await granted(requests, "token:b", 1) == 1
    await client.aclose()


async def test_when_redis_is_back_its_count_holds_again(redis: Redis) -> None:
    away = connect(NOWHERE)
    requests = Requests(Shared(away), per_minute=60)
    await granted(requests, "token:a", 40)
    back = Requests(Shared(redis), per_minute=60)
    assert await granted(back, "token:a", 40) == BURST_SECONDS
    await away.aclose()
