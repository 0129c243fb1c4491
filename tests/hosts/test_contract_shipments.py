"""What every ERP that tells its shipments keeps: each parcel once, with its order, its goods and how it is followed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.document import DocumentKind, SalesDocument
from app.domain.shipment import Shipment, ShipmentState
from app.ports import Host, Missing, Source
from tests.examples import document, line
from tests.hosts.rig import HostUnderTest, converge, orders
from tests.patience import FAR


@pytest.fixture
def source(host: Host) -> Source[Shipment]:
    if isinstance(host.shipments, Missing):
        pytest.skip(host.shipments.sentence)
    return host.shipments


async def told(source: Source[Shipment], cursor: str | None) -> tuple[list[Shipment], str]:
    """Everything since the cursor as it is now, each once, and where to go on."""
    found: dict[str, Shipment] = {}
    async with asyncio.timeout(FAR):
        async for page in source.changes(cursor):
            cursor = page.cursor
            for change in page.items:
                shipment = await source.get(change.key)
                assert shipment is not None
                assert shipment.updated_at >= change.version
                found[shipment.key] = shipment
    return list(found.values()), cursor or ""


async def shipped(under: HostUnderTest, host: Host) -> SalesDocument:
    if why := under.cannot("shipping goods"):
        pytest.skip(why)
    lines = [line("TEA", "20.00", "VAT20", quantity="2"), line("MUG", "5.00", "VAT20")]
    made = under.adapt(document(lines, kind=DocumentKind.SALES_ORDER))
    there, _ = await converge(orders(host), made)
    await under.ship(there.sink_key)
    return made


async def test_what_left_is_told_with_its_order_and_its_goods(
    under: HostUnderTest, host: Host, source: Source[Shipment]
) -> None:
    since = await source.cursor_at(datetime.now(UTC) - timedelta(minutes=1))
    made = await shipped(under, host)
    found, _ = await told(source, since)
    mine = [each for each in found if each.order_external_id == made.external_id]
    assert {each.state for each in mine} == {ShipmentState.SENT}
    units: dict[str, int] = {}
    for each in mine:
        for goods in each.lines:
            units[goods.item] = units.get(goods.item, 0) + goods.quantity
    assert units == {row.item: int(row.quantity) for row in made.lines}
    assert all(each.origin is None for each in mine), "no store has sent it"


async def test_what_left_after_a_cursor_is_heard_of_from_there_on(
    under: HostUnderTest, host: Host, source: Source[Shipment]
) -> None:
    await shipped(under, host)
    _, cursor = await told(source, None)
    made = await shipped(under, host)
    found, _ = await told(source, cursor or None)
    assert made.external_id in {each.order_external_id for each in found}


async def test_a_cursor_of_later_leaves_out_what_was_before(source: Source[Shipment]) -> None:
    cursor = await source.cursor_at(datetime.now(UTC) + timedelta(hours=1))
    assert (await told(source, cursor))[0] == []


async def test_nothing_is_told_of_a_shipment_that_nobody_sent(source: Source[Shipment]) -> None:
    assert await source.get("999999999") is None
    assert await source.get("no such thing/?#") is None
