"""The loader: one reading for all that is asked for at once, and what becomes of it is nobody's but theirs who asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from app.errors import Retry
from app.graphql.loading import MOST, Loader


class Shelf:
    """Has what is even; `asked` is each reading's keys."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.trouble: Exception | None = None
        self.reached, self.open = asyncio.Event(), asyncio.Event()
        self.open.set()

    async def read(self, keys: list[int]) -> Mapping[int, str]:
        self.asked.append(keys)
        self.reached.set()
        await self.open.wait()
        if self.trouble:
            raise self.trouble
        return {key: str(key) for key in keys if key % 2 == 0}


async def test_what_is_asked_for_at_once_is_read_once_and_each_key_once() -> None:
    shelf = Shelf()
    loader = Loader(shelf.read)
    found = await asyncio.gather(*(loader.load(key) for key in (4, 3, 4, 2)))
    assert found == ["4", None, "4", "2"]
    assert shelf.asked == [[4, 3, 2]]


async def test_nothing_is_kept_for_whoever_asks_later() -> None:
    shelf = Shelf()
    loader = Loader(shelf.read)
    assert [await loader.load(2), await loader.load(2)] == ["2", "2"]
    assert shelf.asked == [[2], [2]]


async def test_what_keeps_reads_a_key_once_whenever_it_is_asked_for() -> None:
    shelf = Shelf()
    loader = Loader(shelf.read, lambda: True)
    shelf.open.clear()
    first = asyncio.ensure_future(loader.load(2))
    await shelf.reached.wait()
    meanwhile = asyncio.ensure_future(asyncio.gather(loader.load(2), loader.load(3)))
    await asyncio.sleep(0)
    shelf.open.set()
    assert (await first, await meanwhile, await loader.load(2)) == ("2", ["2", None], "2")
    assert (await loader.load(3), await loader.load(4)) == (None, "4")
    assert shelf.asked == [[2], [3], [4]]


async def test_a_reading_that_failed_is_not_kept_and_nothing_is_once_it_is_forgotten() -> None:
    shelf = Shelf()
    loader = Loader(shelf.read, lambda: True)
    shelf.trouble = Retry("shelf.fell_over", "The shelf fell over.")
    with pytest.raises(Retry, match="fell over"):
        await loader.load(2)
    shelf.trouble = None
    assert [await loader.load(2), await loader.load(2)] == ["2", "2"]
    loader.forget()
    assert await loader.load(2) == "2"
    assert shelf.asked == [[2], [2], [2]]


async def test_a_reading_has_a_bounded_number_of_keys() -> None:
    shelf = Shelf()
    loader = Loader(shelf.read)
    keys = range(2 * MOST + 1)
    found = await asyncio.gather(*(loader.load(key) for key in keys))
    assert found == [str(key) if key % 2 == 0 else None for key in keys]
    assert [len(keys) for keys in shelf.asked] == [MOST, MOST, 1]


async def test_an_error_is_everybodys_who_waits_and_nobodys_after() -> None:
    shelf = Shelf()
    loader, shelf.trouble = Loader(shelf.read), Retry("api.unavailable", "It is away.")
    found = await asyncio.gather(*(loader.load(key) for key in (1, 2, 2)), return_exceptions=True)
    assert found == [shelf.trouble] * 3
    shelf.trouble = None
    assert await loader.load(2) == "2"


async def test_who_goes_away_takes_nobody_along() -> None:
    shelf = Shelf()
    loader = Loader(shelf.read)
    shelf.open.clear()

    async def asks() -> str | None:
        return await loader.load(2)

    going, staying = asyncio.create_task(asks()), asyncio.create_task(asks())
    await shelf.reached.wait()
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    shelf.open.set()
    assert await staying == "2"


async def test_a_reading_that_is_ended_leaves_nobody_waiting() -> None:
    shelf = Shelf()
    loader = Loader(shelf.read)
    shelf.open.clear()
    waiting = [loader.load(2), loader.load(3)]
    await shelf.reached.wait()
    (reading,) = loader._reading
    reading.cancel()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in found] == [asyncio.CancelledError] * 2
    assert not loader._reading
