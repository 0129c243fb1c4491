"""What leaves a real Tryton: listed once it has left, with its sale's key, its goods, and how it is followed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.domain.document import DocumentKind, SalesDocument
from app.domain.ids import ExternalId
from app.domain.shipment import Shipment, ShipmentState
from app.outbound import Outbound
from app.ports import Change, Sink, Source
from tests.examples import document, in_kind, line
from tests.hosts.rig import converge, opened
from tests.hosts.tryton.rig import TrytonUnderTest

_MODEL = "stock.shipment.out"


@pytest.fixture
def source(erp: TrytonUnderTest, http: Outbound) -> Source[Shipment]:
    host = opened(erp, http)
    assert hasattr(host.shipments, "changes")
    return host.shipments


async def shipment_of(erp: TrytonUnderTest, sale: str) -> int:
    return int((await erp.sale(sale, "shipments.id"))["shipments"][0]["id"])


async def leave(erp: TrytonUnderTest, shipment: int, *steps: str) -> None:
    for step in steps or ("assign_try", "pick", "pack", "do"):
        await erp.ask("POST", f"{_MODEL}/{shipment}/{step}?f=state", {}, {"_skip_warnings": True})


async def listed(source: Source[Shipment], since: datetime) -> tuple[dict[str, Change], str]:
    found: dict[str, Change] = {}
    cursor = await source.cursor_at(since)
    async for page in source.changes(cursor):
        found |= {change.key: change for change in page.items}
        cursor = page.cursor
    return found, cursor


async def sold(erp: TrytonUnderTest, sink: Sink[SalesDocument], *lines: Any) -> tuple[SalesDocument, str]:
    made = (
        document(list(lines), kind=DocumentKind.SALES_ORDER) if lines else in_kind(DocumentKind.SALES_ORDER)
    )
    ours = replace(erp.adapt(made), external_id=ExternalId(f"order-goods-{uuid4().int % 10**9}"))
    there, _ = await converge(sink, ours)
    return ours, there.sink_key


async def test_a_shipment_is_told_once_it_has_left(
    erp: TrytonUnderTest, sink: Sink[SalesDocument], source: Source[Shipment]
) -> None:
    since = datetime.now(UTC)
    ours, sale = await sold(erp, sink, line("TEA", "20.00", quantity="2"), line("MUG", "5.00"))
    shipment = await shipment_of(erp, sale)
    key = f"{shipment}-{sale}"
    assert key not in (await listed(source, since))[0]
    waiting = await source.get(key)
    assert waiting is not None
    assert waiting.state is ShipmentState.PACKED
    await erp.ask("PUT", f"{_MODEL}/{shipment}?f=id", {"shipping_reference": "JD014"})
    await leave(erp, shipment)
    found, cursor = await listed(source, since)
    assert key in found
    assert datetime.fromisoformat(cursor) >= found[key].version > since - timedelta(minutes=1)
    sent = await source.get(key)
    assert sent is not None
    assert (sent.state, sent.order_external_id, sent.warehouse) == (
        ShipmentState.SENT,
        ours.external_id,
        "WH",
    )
    assert sorted((one.item, one.quantity) for one in sent.lines) == [("SKU-00001", 2), ("SKU-00002", 1)]
    assert sent.tracking.numbers == ("JD014",)
    assert sent.updated_at == found[key].version


async def test_a_number_that_is_corrected_later_is_a_change(
    erp: TrytonUnderTest, sink: Sink[SalesDocument], source: Source[Shipment]
) -> None:
    _, sale = await sold(erp, sink)
    shipment = await shipment_of(erp, sale)
    await leave(erp, shipment)
    before = (await listed(source, datetime.now(UTC)))[0][f"{shipment}-{sale}"]
    await erp.ask("PUT", f"{_MODEL}/{shipment}?f=id", {"shipping_reference": "NEW"})
    after = (await listed(source, datetime.now(UTC)))[0][f"{shipment}-{sale}"]
    assert after.version > before.version


async def test_what_is_called_off_is_told_as_that(
    erp: TrytonUnderTest, sink: Sink[SalesDocument], source: Source[Shipment]
) -> None:
    _, sale = await sold(erp, sink)
    shipment = await shipment_of(erp, sale)
    await leave(erp, shipment, "assign_try", "pick", "pack", "ship", "cancel")
    found = await source.get(f"{shipment}-{sale}")
    assert found is not None
    assert found.state is ShipmentState.CANCELLED


async def test_what_is_none_of_ours_is_not_found(source: Source[Shipment]) -> None:
    assert await source.get("999999-1") is None
    assert await source.get("nonsense") is None
