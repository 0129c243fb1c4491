"""The zone that nothing tells: measured from two clocks, kept for a while, and never trusted past a change of the clocks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.errors import Retry
from app.hosts.netsuite.client import Rows
from app.hosts.netsuite.clock import Clock, Zone
from app.hosts.netsuite.since import pages
from app.hosts.netsuite.sql import Row
from tests.hosts.rig import StateInMemory

NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
FOUR = NOON.replace(hour=4, tzinfo=None)
"""Noon as people eight hours behind see it."""


class Changed(Row, frozen=True):
    id: int
    modified: str


@dataclass
class Account:
    """Its people live `ahead` of UTC, its clock runs `fast`; `lists` are the pages of the next list."""

    ahead: timedelta
    now: datetime = NOON
    fast: timedelta = timedelta(0)
    state: StateInMemory = field(default_factory=StateInMemory)
    measured: int = 0
    lists: list[Rows[Changed]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def system(self, kind: Any, name: str) -> Any:
        self.measured += 1
        return kind(serverTime=(self.now + self.fast).isoformat())

    async def page(self, kind: Any, query: str) -> Any:
        if "SYSDATE" in query:
            local = self.now + self.fast + self.ahead
            return Rows(items=[kind(now=local.strftime("%Y-%m-%d %H:%M:%S"))], more=False)
        self.asked.append(query)
        return self.lists.pop(0)


def clock(account: Account) -> Clock:
    return Clock(account, now=lambda: account.now)  # type: ignore[arg-type]  # the part of the door that it needs


async def test_the_zone_is_what_lies_between_its_clock_and_what_its_people_see() -> None:
    account = Account(ahead=timedelta(hours=-8), fast=timedelta(seconds=40))
    zone = await clock(account).zone()
    assert (zone.ahead, zone.clock) == (timedelta(hours=-8), timedelta(seconds=40))
    assert zone.local(NOON) == FOUR
    assert zone.instant(FOUR) == NOON
    assert (await clock(Account(ahead=timedelta(hours=5, minutes=45))).zone()).ahead == timedelta(
        hours=5, minutes=45
    )


async def test_it_is_measured_once_for_everybody_and_again_after_a_while() -> None:
    account = Account(ahead=timedelta(hours=1))
    await clock(account).zone()
    await clock(account).zone()
    assert account.measured == 1
    account.now += timedelta(minutes=11)
    account.ahead = timedelta(hours=2)
    assert (await clock(account).zone()).ahead == timedelta(hours=2)
    account.now -= timedelta(hours=3)
    await clock(account).zone()
    assert account.measured == 3


async def read(account: Account, cursor: str | None) -> AsyncIterator[tuple[list[int], str]]:
    query = "SELECT x FROM transaction t WHERE"
    async for rows, told in pages(account, clock(account), Changed, query, cursor):  # type: ignore[type-var, arg-type]
        yield [row.id for row in rows], told.cursor


async def test_a_cursor_goes_on_behind_its_page_and_with_the_last_from_the_newest_that_was_seen() -> None:
    account = Account(ahead=timedelta(hours=-8))
    account.lists = [
        Rows(items=[Changed(id=5, modified="2026-11-01 03:30:00")], more=True),
        Rows(items=[Changed(id=9, modified="2026-11-01 03:00:00")], more=False),
    ]
    told = [page async for page in read(account, "2026-11-01T11:00:00+00:00")]
    ahead = "2026-11-01T11:00:00+00:00>2026-11-01T11:30:00+00:00>2026-11-01T12:00:00+00:00>5"
    assert told == [([5], ahead), ([9], "2026-11-01T11:30:00+00:00")]
    assert "2026-11-01 02:50:00" in account.asked[0]
    assert "t.id > 5" in account.asked[1]


async def test_nothing_seen_moves_nothing_and_no_time_lies_in_the_future() -> None:
    account = Account(ahead=timedelta(hours=-8))
    account.lists = [Rows(items=[], more=False)]
    assert [page async for page in read(account, "2026-11-01T11:00:00+00:00")] == [
        ([], "2026-11-01T11:00:00+00:00")
    ]
    account.lists = [Rows(items=[Changed(id=1, modified="2026-11-01 05:00:00")], more=False)]
    ((_, cursor),) = [page async for page in read(account, None)]
    assert cursor == "2026-11-01T12:00:00+00:00"


async def test_a_page_that_comes_again_ends_the_list_in_a_word_and_not_never() -> None:
    account = Account(ahead=timedelta(0))
    again = Rows(items=[Changed(id=5, modified="2026-11-01 03:30:00")], more=True)
    account.lists = [again, again, again]
    with pytest.raises(Retry):
        _ = [page async for page in read(account, None)]
    assert len(account.asked) == 2


def test_an_hour_that_comes_twice_is_an_hour_too_early_and_never_lost() -> None:
    """Measured before the clocks went back: what changed since is shown an hour earlier than our cursor asks for."""
    before = Zone(ahead=timedelta(hours=-7), clock=timedelta(0), at=NOON)
    shown = FOUR.replace(hour=1, minute=30)
    assert before.instant(shown) == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
    after = Zone(ahead=timedelta(hours=-8), clock=timedelta(0), at=NOON)
    assert before.instant(shown) < after.instant(shown)


@pytest.mark.parametrize(
    ("fast", "ahead"),
    [
        (timedelta(days=2_912_000), timedelta(0)),
        (timedelta(days=-700_000), timedelta(0)),
        (timedelta(days=2), timedelta(0)),
        (timedelta(0), timedelta(hours=20)),
        (timedelta(0), timedelta(days=-400)),
    ],
)
async def test_a_clock_that_nobody_can_mean_is_said_to_be_wrong(fast: timedelta, ahead: timedelta) -> None:
    account = Account(ahead=ahead, fast=fast)
    with pytest.raises(Retry) as raised:
        await clock(account).measured()
    assert raised.value.code == "answer.unreadable"
    assert await account.state.read("zone") is None
