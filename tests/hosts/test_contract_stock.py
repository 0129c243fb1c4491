"""What every ERP that tells its stock keeps: explicit rows, pages that resume, and reservations that show."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.domain.inventory import StockReading
from app.ports import Host, Missing, ReservesAt, StockSource
from tests.examples import document, line
from tests.hosts.rig import HostUnderTest, converge, orders


@pytest.fixture
def source(host: Host) -> StockSource:
    if isinstance(host.inventory, Missing):
        pytest.skip(host.inventory.sentence)
    return host.inventory


async def one(under: HostUnderTest, source: StockSource) -> StockReading:
    item, warehouse, _ = under.stocked
    return next(reading for reading in await source.of([item]) if reading.warehouse == warehouse)


async def everything(source: StockSource) -> list[StockReading]:
    found: list[StockReading] = []
    cursor: str | None = None
    for _ in range(100):
        page = await source.page(cursor)
        found += page.readings
        if page.next is None:
            return found
        cursor = page.next
    raise AssertionError("the pages never end")


async def test_a_full_read_tells_each_item_once_per_warehouse(
    under: HostUnderTest, source: StockSource
) -> None:
    found = [(reading.item, reading.warehouse) for reading in await everything(source)]
    assert len(found) == len(set(found))
    assert under.stocked[:2] in found


async def test_a_reading_is_explicit_and_not_from_the_future(
    under: HostUnderTest, source: StockSource
) -> None:
    reading = await one(under, source)
    assert reading.available is not None
    assert reading.physical is not None
    assert reading.available <= reading.physical
    assert reading.observed_at <= datetime.now(UTC)


async def test_an_item_nobody_has_is_left_out_and_not_told_as_zero(
    under: HostUnderTest, source: StockSource
) -> None:
    assert await source.of([under.unknown_item]) == ()


async def test_the_warehouses_can_be_mapped(under: HostUnderTest, source: StockSource) -> None:
    assert under.stocked[1] in {choice.code for choice in await source.warehouses()}


async def test_a_page_may_be_read_again_from_its_cursor(source: StockSource) -> None:
    first = await source.page(None)
    again = await source.page(None)
    assert [r.item for r in first.readings] == [r.item for r in again.readings]


async def test_an_order_takes_from_what_is_free_once_its_reserving_step_has_ended(
    under: HostUnderTest, host: Host, source: StockSource
) -> None:
    assert under.spec.reserves_at in {ReservesAt.CREATE, ReservesAt.CONFIRM}
    before = await one(under, source)
    made = under.adapt(document([line("TEA", "20.00", "VAT20", quantity="2")]))
    await converge(orders(host), made)
    after = await one(under, source)
    assert before.available is not None
    assert after.available == before.available - 2


async def test_what_comes_in_shows_wherever_stock_is_asked_for(
    under: HostUnderTest, source: StockSource
) -> None:
    item, warehouse, _ = under.stocked
    before = await one(under, source)
    if not await under.receives(item, 7):
        pytest.skip("nobody here can make goods come in")
    after = await one(under, source)
    assert before.available is not None
    assert after.available == before.available + 7
    (listed,) = [
        each for each in await everything(source) if (each.item, each.warehouse) == (item, warehouse)
    ]
    assert listed.available == after.available
