"""How many calls one ERP account gets at a time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from app.errors import Throttled
from app.limits import AccountPermits, Shared, connect
from tests.patience import FAR

ACCOUNT = "memory https://erp.example 4711"
LONG = timedelta(seconds=FAR)
KEPT = 2 * LONG
"""A permit that nobody gives back does not run out while somebody waits for it."""


class Crowd:
    """Callers that hold a permit at the same time, and the most there ever were."""

    def __init__(self) -> None:
        self.now = self.most = self.served = 0

    async def call(self, permits: AccountPermits, most: int) -> None:
        async with permits.hold(ACCOUNT, most):
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0.01)
            self.now -= 1
            self.served += 1


async def test_no_more_than_the_account_allows_over_all_workers(redis: Redis) -> None:
    workers = [AccountPermits(Shared(redis), patience=LONG, kept=KEPT) for _ in range(3)]
    crowd = Crowd()
    await asyncio.gather(*(crowd.call(workers[place % 3], 4) for place in range(30)))
    assert crowd.served == 30
    assert 2 <= crowd.most <= 4


async def test_first_look_ups_let_everything_else_go_before_but_for_the_one_at_the_head_of_the_line(
    redis: Redis,
) -> None:
    """Who is sent away after its look-up has to look once more: a long line would make every order do so."""
    permits = AccountPermits(Shared(redis), patience=LONG, kept=KEPT)
    served: list[str] = []

    async def call(name: str, *, first: bool) -> None:
        async with permits.hold(ACCOUNT, 1, first=first):
            served.append(name)

    async with permits.hold(ACCOUNT, 1):
        waiting = [asyncio.create_task(call(f"new {n}", first=True)) for n in range(4)]
        await asyncio.sleep(0)
        waiting += [asyncio.create_task(call(f"begun {n}", first=False)) for n in range(2)]
        await asyncio.sleep(0.05)
    await asyncio.gather(*waiting)
    assert served == ["new 0", "begun 0", "begun 1", "new 1", "new 2", "new 3"]


async def test_caller_that_waits_too_long_is_sent_away(redis: Redis) -> None:
    permits = AccountPermits(Shared(redis), patience=LONG, kept=KEPT)
    hasty = AccountPermits(Shared(redis), patience=timedelta(milliseconds=100))
    async with permits.hold(ACCOUNT, 1):
        with pytest.raises(Throttled) as refusal:
            async with hasty.hold(ACCOUNT, 1):
                pytest.fail("there is one permit only")
    assert refusal.value.code == "host.busy"
    assert refusal.value.after is not None
    async with permits.hold(ACCOUNT, 1):
        pass


async def test_accounts_do_not_wait_for_each_other_and_their_names_stay_out_of_redis(redis: Redis) -> None:
    permits = AccountPermits(Shared(redis), patience=LONG, kept=KEPT)
    async with permits.hold(ACCOUNT, 1), permits.hold("another", 1):
        keys = [key.decode() for key in await redis.keys("*")]
    assert len(keys) == 2
    assert not any("erp" in key or "another" in key for key in keys)


async def test_permit_of_a_killed_worker_expires(redis: Redis) -> None:
    permits = AccountPermits(Shared(redis), patience=LONG, kept=KEPT)
    async with permits.hold(ACCOUNT, 1):
        pass
    async with permits.hold(ACCOUNT, 1):
        key = (await redis.keys("*"))[0]
        member = (await redis.zrange(key, 0, 0))[0]
    await redis.zadd(key, {member: 1})  # its holder never came back, long ago
    async with permits.hold(ACCOUNT, 1):
        pass


async def test_refusals_for_rate_lower_the_maximum_and_quiet_raises_it_again(redis: Redis) -> None:
    permits = AccountPermits(Shared(redis), patience=LONG, kept=KEPT)
    hasty = AccountPermits(Shared(redis), patience=timedelta(milliseconds=60))
    with pytest.raises(Throttled):
        async with permits.hold(ACCOUNT, 4):
            raise Throttled("erp.too_many", "slow down")
    async with permits.hold(ACCOUNT, 4), permits.hold(ACCOUNT, 4):
        with pytest.raises(Throttled, match=r"host\.busy"):
            async with hasty.hold(ACCOUNT, 4):
                pytest.fail("half of four")
    for _ in range(12):
        async with permits.hold(ACCOUNT, 4):
            pass
    async with permits.hold(ACCOUNT, 4), permits.hold(ACCOUNT, 4), permits.hold(ACCOUNT, 4):
        pass


async def test_calls_that_we_hold_back_ourselves_are_no_refusal_of_the_erp(redis: Redis) -> None:
    permits = AccountPermits(Shared(redis), patience=LONG, kept=KEPT)
    with pytest.raises(Throttled):
        async with permits.hold(ACCOUNT, 4):
            raise Throttled("host.busy", "Called as often as it allows.")
    async with (
        permits.hold(ACCOUNT, 4),
        permits.hold(ACCOUNT, 4),
        permits.hold(ACCOUNT, 4),
        permits.hold(ACCOUNT, 4),
    ):
        pass


async def test_cancelled_waiter_leaves_no_permit_behind(redis: Redis) -> None:
    permits = AccountPermits(Shared(redis), patience=LONG, kept=KEPT)

    async def wait() -> None:
        async with permits.hold(ACCOUNT, 1):
            pytest.fail("taken")

    async with permits.hold(ACCOUNT, 1):
        waiter = asyncio.create_task(wait())
        await asyncio.sleep(0.05)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
    async with permits.hold(ACCOUNT, 1):
        pass
    assert await redis.keys("*") == []


async def test_permit_that_redis_was_too_slow_to_take_back_is_given_back_later(redis: Redis) -> None:
    permits = AccountPermits(Shared(redis), patience=LONG, kept=KEPT)
    async with permits.hold(ACCOUNT, 1):
        await redis.execute_command("CLIENT", "PAUSE", 1_300, "ALL")
    async with asyncio.timeout(FAR), permits.hold(ACCOUNT, 1):
        pass
    assert await redis.keys("*") == []


async def test_redis_that_does_not_answer_for_a_moment_is_waited_for(redis: Redis) -> None:
    """Whoever took its share then would be beyond what the account allows: another worker holds all of it."""
    long = timedelta(minutes=5)
    one = AccountPermits(Shared(redis))
    other = AccountPermits(Shared(redis, live=lambda: 2), patience=long, blink=long)
    async with other.hold(ACCOUNT, 4):
        pass
    crowd = Crowd()
    async with one.hold(ACCOUNT, 2), one.hold(ACCOUNT, 2):
        await redis.execute_command("CLIENT", "PAUSE", 1_200, "ALL")
        waiting = asyncio.create_task(crowd.call(other, 2))
        await asyncio.sleep(1.6)
        assert crowd.most == 0
    await waiting
    assert crowd.served == 1


async def test_without_redis_each_worker_takes_its_share_and_at_least_one(server_home: Path) -> None:
    gone = connect(f"unix://{server_home}/nobody-listens.sock")
    crowd = Crowd()
    permits = AccountPermits(Shared(gone, live=lambda: 2))
    await asyncio.gather(*(crowd.call(permits, 6) for _ in range(12)))
    assert (crowd.served, crowd.most) == (12, 3)
    lone = Crowd()
    permits = AccountPermits(Shared(gone, live=lambda: 2))
    await asyncio.gather(*(lone.call(permits, 1) for _ in range(3)))
    assert (lone.served, lone.most) == (3, 1)
    await gone.aclose()
