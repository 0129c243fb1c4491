"""What leaves the demo ERP: listed once for every change, never more than was ordered, and only what is some store's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.shipment import Shipment, ShipmentState, Tracking
from app.outbound import Outbound
from app.ports import Change, Json, Source, Span
from tests.examples import document, line
from tests.hosts.memory.rig import MemoryUnderTest, running
from tests.hosts.rig import converge, door, opened, orders


@pytest.fixture(scope="module")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryUnderTest]:
    with running(tmp_path_factory.mktemp("erp") / "books.sqlite", items="any") as under:
        yield under


@pytest.fixture
async def http(erp: MemoryUnderTest) -> AsyncIterator[Outbound]:
    async with door(erp) as opened_door:
        yield opened_door


@pytest.fixture
def source(erp: MemoryUnderTest, http: Outbound) -> Source[Shipment]:
    host = opened(erp, http)
    assert hasattr(host.shipments, "changes")
    return host.shipments


async def sold(erp: MemoryUnderTest, http: Outbound) -> tuple[str, str]:
    """A document of three goods; its id and its key."""
    made = document([line("TEA", "20.00", quantity="2"), line("MUG", "5.00")])
    there, _ = await converge(orders(opened(erp, http)), made)
    return there.sink_key, made.external_id


async def send(erp: MemoryUnderTest, document: str, wanted: Json = None) -> Any:
    return await erp.ask("POST", f"/v1/documents/{document}/shipments", wanted or {})


async def since(source: Source[Shipment], cursor: str | None) -> tuple[list[Change], str | None]:
    found: list[Change] = []
    async for page in source.changes(cursor):
        found += page.items
        cursor = page.cursor
    return found, cursor


async def test_what_was_sent_is_listed_behind_the_cursor_and_once(
    erp: MemoryUnderTest, http: Outbound, source: Source[Shipment]
) -> None:
    began = await source.cursor_at(datetime.now(UTC))
    number, key = await sold(erp, http)
    made = await send(erp, number, {"track": {"numbers": ["T1"], "carrier": "DHL"}})
    found, cursor = await since(source, began)
    assert [change.key for change in found] == [str(made["id"])]
    assert await since(source, cursor) == ([], cursor)
    shipment = await source.get(found[0].key)
    assert shipment is not None
    assert (shipment.order_external_id, shipment.state) == (key, ShipmentState.SENT)
    assert shipment.tracking == Tracking(numbers=("T1",), carrier="DHL")
    assert sorted((one.item, one.quantity) for one in shipment.lines) == [("MUG", 1), ("TEA", 2)]
    assert shipment.updated_at == found[0].version


async def test_what_is_corrected_or_called_off_is_listed_again(
    erp: MemoryUnderTest, http: Outbound, source: Source[Shipment]
) -> None:
    number, _ = await sold(erp, http)
    made = await send(erp, number)
    _, cursor = await since(source, None)
    await erp.ask("PUT", f"/v1/shipments/{made['id']}/track", {"numbers": ["NEW"]})
    (corrected,), cursor = await since(source, cursor)
    await erp.ask("POST", f"/v1/shipments/{made['id']}/cancel", {})
    (called_off,), _ = await since(source, cursor)
    assert corrected.version < called_off.version
    shipment = await source.get(called_off.key)
    assert shipment is not None
    assert (shipment.state, shipment.tracking.numbers) == (ShipmentState.CANCELLED, ("NEW",))


async def test_no_more_leaves_than_was_ordered(erp: MemoryUnderTest, http: Outbound) -> None:
    number, _ = await sold(erp, http)
    first = await send(erp, number)
    with pytest.raises(AssertionError, match=r"shipment\.empty"):
        await send(erp, number)
    too_much: Json = {"lines": [{"line": "1", "item": "TEA", "quantity": "1"}]}
    with pytest.raises(AssertionError, match=r"shipment\.too_much"):
        await send(erp, number, too_much)
    await erp.ask("POST", f"/v1/shipments/{first['id']}/cancel", {})
    assert (await send(erp, number))["state"] == "sent"


async def test_goods_of_the_erps_own_trade_are_nobodys(
    erp: MemoryUnderTest, source: Source[Shipment]
) -> None:
    own: Json = {
        "currency": "EUR",
        "customer": {"name": "Walk-in"},
        "lines": [{"key": "1", "item": "TEA", "quantity": "1", "net": "5.00"}],
    }
    made = await erp.ask("POST", "/v1/cash-sales", own)
    _, cursor = await since(source, None)
    await send(erp, str(made["id"]))
    found, after = await since(source, cursor)
    assert (found, after) != ([], cursor)
    assert found == []


async def test_what_is_not_there_is_none(source: Source[Shipment]) -> None:
    assert await source.get("99999") is None
    assert await source.get("nonsense") is None


async def test_what_was_sent_in_a_span_comes_newest_first(
    erp: MemoryUnderTest, http: Outbound, source: Source[Shipment]
) -> None:
    began = datetime.now(UTC)
    for _ in range(2):
        await send(erp, (await sold(erp, http))[0])
    span = Span(since=began, until=began + timedelta(minutes=1))
    (page,) = [page async for page in source.between(span)]
    assert [int(change.key) for change in page.items] == sorted(
        (int(change.key) for change in page.items), reverse=True
    )
    assert len(page.items) == 2
