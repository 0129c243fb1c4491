"""The balance of shards over workers."""

from __future__ import annotations

import pytest

from app.jobs.shards import Shards, fair_share
from tests.jobs.crew import MemoryLeases


@pytest.mark.parametrize(
    ("shards", "live", "share"),
    [(4, 1, 4), (4, 2, 2), (4, 3, 2), (4, 4, 1), (4, 9, 1), (16, 5, 4), (4, 0, 4)],
)
def test_fair_share(shards: int, live: int, share: int) -> None:
    assert fair_share(shards, live) == share


@pytest.mark.parametrize("shards", [1, 4, 7, 16])
def test_shares_of_all_workers_cover_all_shards(shards: int) -> None:
    for live in range(1, 40):
        assert fair_share(shards, live) * live >= shards


class Listening:
    def __init__(self, leases: MemoryLeases, name: str) -> None:
        self.now: set[int] = set()
        self.live = 0
        self.shards = Shards(
            leases, name, len(leases.holders), start=self.now.add, stop=self.now.remove, on_live=self.know
        )

    def know(self, live: int) -> None:
        self.live = live


async def test_second_worker_gets_half_and_the_first_stops_listening_to_it() -> None:
    leases = MemoryLeases(4)
    one, two = Listening(leases, "one"), Listening(leases, "two")
    await one.shards.balance()
    assert one.now == {0, 1, 2, 3}
    await two.shards.balance()
    assert two.now == set(), "nothing is free until the first gives some back"
    await one.shards.balance()
    await two.shards.balance()
    assert len(one.now) == len(two.now) == 2
    assert one.now | two.now == {0, 1, 2, 3}
    assert (one.live, two.live) == (2, 2)


async def test_shards_of_a_worker_that_left_are_taken_over() -> None:
    leases = MemoryLeases(4)
    one, two = Listening(leases, "one"), Listening(leases, "two")
    for each in (one, two, one, two):
        await each.shards.balance()
    await two.shards.give_back()
    await one.shards.balance()
    assert one.now == {0, 1, 2, 3}


async def test_worker_keeps_listening_while_the_database_is_away() -> None:
    leases = MemoryLeases(4)
    one = Listening(leases, "one")
    await one.shards.balance()
    leases.away = True
    with pytest.raises(OSError, match="away"):
        await one.shards.balance()
    assert one.now == {0, 1, 2, 3}
