"""What every ERP that tells its products keeps: pages that resume, one product whole, and changes that are heard of."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.product import Product
from app.outbound import Outbound
from app.ports import Change, Host, Many, Missing, Source
from tests.hosts.rig import HostUnderTest, opened
from tests.patience import FAR


@pytest.fixture
async def items(under: HostUnderTest, http: Outbound) -> Source[Product]:
    host: Host = opened(under, http)
    if isinstance(host.items, Missing):
        pytest.skip(host.items.sentence)
    await under.sell("SKU-00009", "Article 9", price="12.50")
    return host.items


async def everything(items: Source[Product], cursor: str | None = None) -> tuple[dict[str, Change], str]:
    found: dict[str, Change] = {}
    async with asyncio.timeout(FAR):
        async for page in items.changes(cursor):
            found |= {change.key: change for change in page.items}
            cursor = page.cursor
    return found, cursor or ""


async def named(items: Source[Product], sku: str) -> Product:
    for key in (await everything(items))[0]:
        found = await items.get(key)
        if found is not None and any(item.sku == sku for item in found.items):
            return found
    raise AssertionError(f"nobody sells {sku}")


async def test_a_product_is_told_whole(items: Source[Product]) -> None:
    told = await named(items, "SKU-00009")
    (item,) = told.items
    assert (told.name, item.sku, item.active) == ("Article 9", "SKU-00009", True)
    assert item.price is not None
    assert (f"{item.price.amount:.2f}", item.price.currency) == ("12.50", "EUR")
    assert told.updated_at <= datetime.now(UTC) + timedelta(seconds=5)


async def test_a_list_is_of_things_that_can_be_read_at_their_version(items: Source[Product]) -> None:
    listed, _ = await everything(items)
    for key, change in list(listed.items())[:3]:
        told = await items.get(key)
        assert told is not None
        assert told.updated_at >= change.version


async def test_a_change_is_heard_of_and_what_ended_is_told_as_ended(
    under: HostUnderTest, items: Source[Product]
) -> None:
    key = (await named(items, "SKU-00009")).key
    _, cursor = await everything(items)
    await under.sell("SKU-00009", "Article nine", price="13.00", active=False)
    changed, _ = await everything(items, cursor)
    assert key in changed
    told = await items.get(key)
    assert told is not None
    assert (told.name, told.active) == ("Article nine", False)
    assert key not in (await everything(items))[0], "the first list is of what is sold"
    await under.sell("SKU-00009", "Article 9", price="12.50")


async def test_several_that_are_read_at_once_are_told_as_each_alone(items: Source[Product]) -> None:
    if not isinstance(items, Many):
        pytest.skip("it reads one product at a time")
    listed, _ = await everything(items)
    some = list(listed)[:3]
    told = await items.many([*some, "999999999", "no-such-key"])
    assert told == {key: await items.get(key) for key in some}


async def test_nothing_is_told_of_a_product_that_nobody_has(items: Source[Product]) -> None:
    assert await items.get("999999999") is None
    assert await items.get("no such thing/?#") is None


async def test_a_cursor_of_now_leaves_out_what_was_before(items: Source[Product]) -> None:
    cursor = await items.cursor_at(datetime.now(UTC) + timedelta(hours=1))
    assert (await everything(items, cursor))[0] == {}
