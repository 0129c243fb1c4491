"""The demo ERP's products when it has lost its mind: what a list leaves out or garbles ends nothing and breaks nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.domain.product import Product
from app.ports import Fence, Missing, Source
from tests.hosts.memory.rig import MemoryUnderTest, running
from tests.hosts.rig import door, opened

PAGES = 450


@pytest.fixture(scope="module")
def under(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryUnderTest]:
    with running(tmp_path_factory.mktemp("erp") / "erp.sqlite", fence=Fence.UNIQUE) as made:
        yield made


async def listed(items: Source[Product], cursor: str | None = None) -> list[str]:
    return [change.key async for page in items.changes(cursor) for change in page.items]


async def test_every_page_is_read_and_nothing_is_told_twice(under: MemoryUnderTest) -> None:
    wares = [{"sku": f"S-{n:04}", "group": f"G-{n:04}", "title": f"Thing {n}"} for n in range(PAGES)]
    await under.ask("PUT", "/control/products", {"wares": wares})
    async with door(under) as http:
        items = opened(under, http).items
        assert not isinstance(items, Missing)
        assert sorted(await listed(items)) == [f"G-{n:04}" for n in range(PAGES)]


@pytest.mark.parametrize(("says", "share"), [("nothing", 0), ("half", PAGES // 2), ("garbage", 0)])
async def test_a_list_that_lies_names_fewer_and_raises_nothing(
    under: MemoryUnderTest, says: str, share: int
) -> None:
    await under.ask("POST", "/control/silence", {"products": says})
    try:
        async with door(under) as http:
            items = opened(under, http).items
            assert not isinstance(items, Missing)
            assert len(await listed(items)) == share
            told = await items.get("G-0001")
            assert told is not None
            assert told.active
    finally:
        await under.ask("POST", "/control/silence", {"products": "all"})
