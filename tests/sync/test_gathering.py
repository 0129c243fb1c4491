"""Reads that are asked for together are one request; what goes wrong with it is everybody's, and giving up is one's own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

import pytest

from app.errors import Retry
from app.sync.gathering import Gathered

ONE, OTHER = uuid4(), uuid4()


class Side:
    """Knows every key but `gone`, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.fails = False
        self.gathered: Gathered[str] = Gathered()

    async def many(self, keys: Sequence[str]) -> Mapping[str, str]:
        self.asked.append([*keys])
        await asyncio.sleep(0)
        if self.fails:
            raise Retry("host.away", "The ERP is away.")
        return {key: key.upper() for key in keys if key != "gone"}

    async def get(self, key: str, connection: UUID = ONE) -> str | None:
        return await self.gathered.get(connection, key, self.many)


async def test_what_is_wanted_at_once_is_asked_for_once() -> None:
    side = Side()
    found = await asyncio.gather(*(side.get(key) for key in ("b", "a", "gone", "b")))
    assert (found, side.asked) == (["B", "A", None, "B"], [["a", "b", "gone"]])


async def test_what_is_wanted_later_is_asked_for_anew() -> None:
    side = Side()
    await side.get("a")
    await side.get("a")
    assert side.asked == [["a"], ["a"]]


async def test_connections_are_never_mixed() -> None:
    side = Side()
    await asyncio.gather(side.get("a"), side.get("b", OTHER))
    assert sorted(side.asked) == [["a"], ["b"]]


async def test_no_request_asks_for_more_than_fifty() -> None:
    side = Side()
    await asyncio.gather(*(side.get(f"{n:03}") for n in range(120)))
    assert [len(keys) for keys in side.asked] == [50, 50, 20]


async def test_everyone_hears_of_a_failure_and_the_next_is_asked_anew() -> None:
    side = Side()
    side.fails = True
    heard = await asyncio.gather(side.get("a"), side.get("b"), return_exceptions=True)
    assert [type(each) for each in heard] == [Retry, Retry]
    side.fails = False
    assert await side.get("a") == "A"


async def test_one_that_gives_up_takes_nothing_from_the_others() -> None:
    side = Side()
    leaving, staying = asyncio.create_task(side.get("a")), asyncio.create_task(side.get("b"))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == "B"
    with pytest.raises(asyncio.CancelledError):
        await leaving
