"""How often one ERP account is called: so many requests in a window, by all workers together."""

from __future__ import annotations

import bisect
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from app.errors import Throttled
from app.limits import AccountPaces, Shared, connect
from app.limits.paces import TURN, spread
from app.ports import Answer, Download, Http, Request

ACCOUNT = "erp https://erp.example 4711"
HOUR = timedelta(hours=1)
"""With a hundred calls an hour, 40 seconds lie between two turns, and a pause saves up five of them."""
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


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    client = connect(valkey_url)
    await client.flushdb()
    yield client
    await client.aclose()


def hourly(paces: AccountPaces, erp: Reached, account: str = ACCOUNT) -> Http:
    return paces.kept(erp, account=account, rate=100, window=HOUR)


async def used_up(http: Http) -> None:
    """All that was saved up, and the turn that comes anyway."""
    for _ in range(6):
        await http.send(REQUEST)


async def test_a_call_whose_turn_comes_too_late_is_not_sent_and_is_told_when_to_come_back(
    redis: Redis,
) -> None:
    erp = Reached()
    http = hourly(AccountPaces(Shared(redis)), erp)
    await used_up(http)
    erp.requests = 0
    with pytest.raises(Throttled) as refusal:
        await http.send(REQUEST)
    with pytest.raises(Throttled):
        async with http.stream(REQUEST):
            pytest.fail("it is a call like any other")
    assert erp.requests == 0
    assert refusal.value.code == "host.busy"
    assert refusal.value.after is not None
    assert timedelta(seconds=10) < refusal.value.after < timedelta(seconds=40)


async def test_a_call_whose_turn_comes_soon_waits_for_it(redis: Redis) -> None:
    erp = Reached()
    http = AccountPaces(Shared(redis)).kept(erp, account=ACCOUNT, rate=20, window=timedelta(seconds=1))
    began = time.monotonic()
    for _ in range(41):
        await http.send(REQUEST)
    assert time.monotonic() - began >= 1, "more than the ERP takes in two seconds"
    assert erp.requests == 41


async def test_a_refused_call_takes_no_turn_from_others(redis: Redis) -> None:
    erp, paces = Reached(), AccountPaces(Shared(redis))
    await used_up(hourly(paces, erp))
    waits = []
    for _ in range(5):
        with pytest.raises(Throttled) as refusal:
            await hourly(paces, erp).send(REQUEST)
        assert refusal.value.after is not None
        waits.append(refusal.value.after)
    assert waits == sorted(waits, reverse=True)


async def test_workers_share_what_the_account_allows_and_accounts_share_nothing(redis: Redis) -> None:
    erp = Reached()
    one, other = (AccountPaces(Shared(redis)) for _ in range(2))
    await used_up(hourly(one, erp))
    with pytest.raises(Throttled):
        await hourly(other, erp).send(REQUEST)
    await hourly(other, erp, "another").send(REQUEST)
    assert erp.requests == 7
    keys = [key.decode() for key in await redis.keys("*")]
    assert not any("erp" in key or "another" in key for key in keys)


async def test_a_pause_saves_up_a_few_turns_and_no_more(redis: Redis) -> None:
    erp = Reached()
    http = hourly(AccountPaces(Shared(redis)), erp)
    await used_up(http)
    (key,) = await redis.keys("*")
    await redis.set(key, 1)  # nobody called for an hour
    await used_up(http)
    with pytest.raises(Throttled):
        await http.send(REQUEST)
    assert erp.requests == 12


@pytest.mark.parametrize(("rate", "seconds"), [(1, 60), (2, 1), (7, 60), (100, 3_600), (6_000, 300)])
async def test_no_window_has_more_turns_than_the_erp_allows(redis: Redis, rate: int, seconds: int) -> None:
    """After a pause, when everything that was saved comes at once, and as many as there can be behind it."""
    gap, saved = (each * 1000 for each in spread(rate, timedelta(seconds=seconds)))
    script, count = redis.register_script(TURN), min(3 * rate + 3, 700)
    await redis.set("pace", 1)
    turns = []
    for _ in range(count):
        given, wait = await script(keys=["pace"], args=[gap, saved, 1e12])
        assert given
        at, micro = await redis.time()
        turns.append(at * 1000 + micro // 1000 + wait)
    most = max(bisect.bisect_left(turns, turn + seconds * 1000) - place for place, turn in enumerate(turns))
    assert most <= rate
    whole = turns[-1] - turns[0]
    if rate >= 100:
        assert (count - 1) / whole * 1000 >= rate / seconds * 0.85, "and it is used"


@pytest.mark.parametrize("rate", [10, 60, 100, 6_000])
def test_a_redis_that_lost_everything_gives_no_more_than_the_erp_takes(rate: int) -> None:
    """What is saved comes twice in a window then."""
    gap, saved = spread(rate, HOUR)
    if rate >= 60:
        assert HOUR.total_seconds() / gap + 2 * saved / gap <= rate
    assert saved / gap >= min(3, rate / 2)


async def test_without_redis_each_process_keeps_to_its_share(server_home: Path) -> None:
    gone, erp = connect(f"unix://{server_home}/nobody-listens.sock"), Reached()
    http = hourly(AccountPaces(Shared(gone, live=lambda: 4)), erp)
    await http.send(REQUEST)
    with pytest.raises(Throttled) as refusal:
        await http.send(REQUEST)
    assert refusal.value.after is not None
    assert timedelta(seconds=60) < refusal.value.after < timedelta(seconds=4 * 40)
    assert erp.requests == 1
    await gone.aclose()


async def test_an_erp_that_says_nothing_of_it_is_called_as_it_is(redis: Redis) -> None:
    erp = Reached()
    assert AccountPaces(Shared(redis)).kept(erp, account=ACCOUNT, rate=None, window=HOUR) is erp
    assert await redis.keys("*") == []
