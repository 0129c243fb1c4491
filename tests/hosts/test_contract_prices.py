"""What every ERP that tells its prices keeps: explicit rows with their currency, pages that resume, and nothing made up."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.domain.price import PriceReading
from app.ports import Host, Missing, PriceSource
from tests.hosts.rig import HostUnderTest


@pytest.fixture
def source(host: Host) -> PriceSource:
    if isinstance(host.prices, Missing):
        pytest.skip(host.prices.sentence)
    return host.prices


async def everything(source: PriceSource) -> list[PriceReading]:
    found: list[PriceReading] = []
    cursor: str | None = None
    for _ in range(100):
        page = await source.page(cursor)
        found += page.readings
        if page.next is None:
            return found
        cursor = page.next
    raise AssertionError("the pages never end")


async def test_a_full_read_tells_each_item_once_in_each_tier(
    under: HostUnderTest, source: PriceSource
) -> None:
    found = [(reading.tier, reading.item) for reading in await everything(source)]
    assert len(found) == len(set(found))
    assert (None, under.priced[0]) in found


async def test_a_price_is_exact_and_names_its_currency(under: HostUnderTest, source: PriceSource) -> None:
    item, price, currency = under.priced
    (reading,) = [each for each in await source.of([item]) if each.tier is None]
    assert (reading.price, reading.currency) == (Decimal(price), currency)
    assert reading.observed_at <= datetime.now(UTC)


async def test_an_item_nobody_has_is_left_out_and_not_told_as_free(
    under: HostUnderTest, source: PriceSource
) -> None:
    assert await source.of([under.unknown_item]) == ()
    assert await source.of([]) == ()


async def test_every_tier_that_a_price_names_can_be_mapped(source: PriceSource) -> None:
    named = {reading.tier for reading in await everything(source)} - {None}
    assert named <= {choice.code for choice in await source.tiers()}
