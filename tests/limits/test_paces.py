"""How often one ERP account is called: so many requests in a window, by all workers together."""

from __future__ import annotations

import asyncio
import bisect
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from app.errors import Throttled
from app.limits import AccountPaces, AccountPermits, Shared, connect
from app.limits.paces import COUNTED, SPREAD, Way
from app.ports import Answer, Download, Http, Request
from tests.patience import FAR

ACCOUNT = "erp https://erp.example 4711"
HOUR = timedelta(hours=1)
REQUEST = Request(method="GET", url="https://erp.example/orders", deadline=timedelta(seconds=20))


class Reached:
    """An ERP that counts what reached it."""

    def __init__(self) -> None:
        self.requests = 0

    async def send(self, request: Request) -> Answer:
        self.requests += 1
        return Answer(status=200, headers={}, body=b"")

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[Download]:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"file"

        self.requests += 1
        yield Download(status=200, headers={}, pieces=pieces())


def hourly(paces: AccountPaces, erp: Reached, account: str = ACCOUNT, rate: int = 5) -> Http:
    return paces.kept(erp, account=account, rate=rate, window=HOUR)


async def used_up(http: Http, calls: int = 5) -> None:
    """All that the ERP allows."""
    for _ in range(calls):
        await http.send(REQUEST)


async def test_what_is_allowed_may_come_at_once_and_one_more_is_not_sent_but_told_when_to_come_back(
    redis: Redis,
) -> None:
    erp = Reached()
    http = hourly(AccountPaces(Shared(redis)), erp)
    await used_up(http)
    with pytest.raises(Throttled) as refusal:
        await http.send(REQUEST)
    with pytest.raises(Throttled):
        async with http.stream(REQUEST):
            pytest.fail("it is a call like any other")
    assert erp.requests == 5
    assert refusal.value.code == "host.busy"
    assert refusal.value.after is not None
    assert timedelta(minutes=30) < refusal.value.after <= HOUR


async def test_signing_in_is_none_of_the_calls_that_are_counted(redis: Redis) -> None:
    erp = Reached()
    http = hourly(AccountPaces(Shared(redis)), erp)
    await used_up(http)
    await http.send(replace(REQUEST, counts=False))
    assert erp.requests == 6


async def test_a_call_whose_turn_comes_soon_waits_for_it(redis: Redis) -> None:
    erp = Reached()
    http = AccountPaces(Shared(redis)).kept(erp, account=ACCOUNT, rate=20, window=timedelta(seconds=1))
    began = time.monotonic()
    for _ in range(41):
        await http.send(REQUEST)
    assert time.monotonic() - began >= 2, "more than the ERP takes in two seconds"
    assert erp.requests == 41


async def test_workers_share_what_the_account_allows_and_accounts_share_nothing(redis: Redis) -> None:
    erp = Reached()
    one, other = (AccountPaces(Shared(redis)) for _ in range(2))
    await used_up(hourly(one, erp))
    with pytest.raises(Throttled):
        await hourly(other, erp).send(REQUEST)
    await hourly(other, erp, "another").send(REQUEST)
    assert erp.requests == 6
    keys = [key.decode() for key in await redis.keys("*")]
    assert not any("erp" in key or "another" in key for key in keys)


async def test_a_rate_that_was_entered_wrongly_holds_up_nothing_once_it_is_right(redis: Redis) -> None:
    erp, paces = Reached(), AccountPaces(Shared(redis))
    slow = paces.kept(erp, account=ACCOUNT, rate=1, window=timedelta(days=1))
    await slow.send(REQUEST)
    with pytest.raises(Throttled) as refusal:
        await slow.send(REQUEST)
    assert refusal.value.after == HOUR, "nobody is sent away for longer"
    await hourly(paces, erp).send(REQUEST)
    assert erp.requests == 2


@pytest.mark.parametrize(("rate", "seconds"), [(1, 10), (2, 1), (7, 20), (100, 25), (900, 10), (6_000, 300)])
async def test_no_window_has_more_turns_than_the_erp_allows_and_nearly_all_are_used(
    redis: Redis, rate: int, seconds: int
) -> None:
    """After a pause, when everything that was saved comes at once, and as many as there can be behind it."""
    way = Way.of(ACCOUNT, rate, timedelta(seconds=seconds))
    if way.gap is None:
        script, given = redis.register_script(COUNTED), [way.most(writes=True), way.window * 1000, 1e12]
    else:
        script, given = redis.register_script(SPREAD), [way.gap * 1000, way.saved * 1000, 1e12]
        await redis.set("pace", 1)
    turns: list[float] = []
    for _ in range(min(2 * rate + 3, 3_100)):
        at, micro = await redis.time()
        went, wait = await script(keys=["pace"], args=given)
        assert went
        turns.append(at * 1000 + micro // 1000 + wait)
    most = max(bisect.bisect_left(turns, turn + seconds * 1000) - place for place, turn in enumerate(turns))
    assert most <= rate
    if seconds > 1:
        assert way.gap is None or seconds / way.gap >= 0.95 * rate
        assert way.gap is not None or way.window <= seconds * 1.03


async def test_every_order_gets_through_where_each_needs_several_calls_and_few_are_allowed(
    redis: Redis,
) -> None:
    """Who has looked must not find that all turns were taken by others who look: nothing would ever be sent."""
    erp, paces, permits = Reached(), AccountPaces(Shared(redis)), AccountPermits(Shared(redis))
    http = paces.kept(erp, account=ACCOUNT, rate=6, window=timedelta(milliseconds=300))
    hurried = replace(REQUEST, deadline=timedelta(milliseconds=200))
    done = 0

    async def order() -> None:
        nonlocal done
        while True:
            try:
                async with permits.hold(ACCOUNT, 2):
                    for _ in range(2):
                        await http.send(replace(hurried, writes=False))
                async with permits.hold(ACCOUNT, 2):
                    await http.send(hurried)
            except Throttled as busy:
                await asyncio.sleep((busy.after or HOUR).total_seconds())
            else:
                done += 1
                return

    async with asyncio.timeout(FAR):
        await asyncio.gather(*(order() for _ in range(10)))
    assert done == 10


@pytest.mark.parametrize("rate", [5, 6_000])
async def test_a_clock_that_went_back_stops_nothing(redis: Redis, rate: int) -> None:
    erp = Reached()
    http = hourly(AccountPaces(Shared(redis)), erp, rate=rate)
    await http.send(REQUEST)
    (key,) = await redis.keys("*")
    at, _ = await redis.time()
    ahead = (at + 3_600) * 1000
    await (redis.set(key, ahead) if rate > 5 else redis.rpush(key, *[ahead] * 5))  # type: ignore[misc]
    await http.send(REQUEST)
    assert erp.requests == 2


async def test_without_redis_each_process_keeps_to_its_share(server_home: Path) -> None:
    gone, erp = connect(f"unix://{server_home}/nobody-listens.sock"), Reached()
    http = hourly(AccountPaces(Shared(gone, live=lambda: 4)), erp, rate=8)
    await used_up(http, 2)
    with pytest.raises(Throttled):
        await http.send(REQUEST)
    assert erp.requests == 2
    few = hourly(AccountPaces(Shared(gone, live=lambda: 4)), erp, rate=2)
    await few.send(REQUEST)
    with pytest.raises(Throttled):
        await few.send(REQUEST)
    await gone.aclose()


async def test_what_was_called_before_redis_went_counts_in_a_processs_share(
    redis: Redis, server_home: Path
) -> None:
    erp, shared = Reached(), Shared(redis, live=lambda: 1)
    http = hourly(AccountPaces(shared), erp)
    await used_up(http, 4)
    await redis.execute_command("CLIENT", "PAUSE", 1_500, "ALL")
    await http.send(REQUEST)
    with pytest.raises(Throttled):
        await http.send(REQUEST)
    assert erp.requests == 5


async def test_an_erp_that_says_nothing_of_it_is_called_as_it_is(redis: Redis) -> None:
    erp = Reached()
    assert AccountPaces(Shared(redis)).kept(erp, account=ACCOUNT, rate=None, window=HOUR) is erp
    assert await redis.keys("*") == []
