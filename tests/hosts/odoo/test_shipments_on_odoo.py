"""What is particular to Odoo's deliveries: windows instead of answers, keys that are copied, seconds that hide microseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.document import DocumentKind, SalesDocument
from app.domain.ids import StoreKey, external_id
from app.domain.parcel import GoodsSent, ShipmentDocument
from app.domain.shipment import ShipmentState, Tracking
from app.errors import Rejected
from app.ports import Missing, Sink, Source, Step
from sandbox.erps.odoo import stock
from sandbox.erps.office import Parcel
from tests.examples import document, line
from tests.hosts.converging import settled
from tests.hosts.odoo.rig import Office, office
from tests.hosts.rig import converge, orders

DIALECTS = ["json2", "jsonrpc"]


@pytest.fixture(params=DIALECTS)
def odoo(request: pytest.FixtureRequest) -> Office:
    return office(request.param)


async def sold(odoo: Office) -> SalesDocument:
    lines = [line("TEA", "20.00", quantity="2"), line("MUG", "5.00")]
    made = document(lines, kind=DocumentKind.SALES_ORDER, paid="0")
    await converge(orders(odoo.host), made)
    return made


def parcel_of(made: SalesDocument, number: int, *units: int) -> ShipmentDocument:
    return ShipmentDocument(
        external_id=external_id(kind="parcel", store="demo", key=f"{made.reference[1:]}{number}"),
        reference=f"{made.reference}-F{number}",
        order_external_id=made.external_id,
        order_reference=made.reference,
        lines=tuple(
            GoodsSent(line_key=StoreKey(each.key), item=each.item, quantity=count)
            for each, count in zip(made.lines, units, strict=False)
            if count
        ),
        tracking=Tracking(numbers=("T1",)),
        warehouse=None,
        sent_at=made.ordered_at,
    )


def parcels(odoo: Office) -> Sink[ShipmentDocument]:
    assert not isinstance(odoo.host.parcels, Missing)
    return odoo.host.parcels


def shipments(odoo: Office) -> Source[object]:
    assert not isinstance(odoo.host.shipments, Missing)
    return odoo.host.shipments


async def test_what_waits_behind_a_delivery_is_not_taken_for_its_parcel(odoo: Office) -> None:
    """Odoo copies the source document, our key in it, to the backorder."""
    made = await sold(odoo)
    first, second = parcel_of(made, 1, 1), parcel_of(made, 2, 1, 1)
    await settled(parcels(odoo), first)
    rows = odoo.tables.rows["stock.picking"]
    assert [row["origin"] for row in rows.values()] == [f"S00001 {first.external_id}"] * 2
    found = await parcels(odoo).find(first)
    assert [each.sink_key for each in found.documents] == ["1"]
    await settled(parcels(odoo), second)
    assert [row["state"] for row in rows.values()] == ["done", "done"]
    told = [await shipments(odoo).get(key) for key in ("1", "2")]
    assert [each.origin for each in told] == [first.external_id, second.external_id]  # type: ignore[attr-defined]


async def test_a_person_who_validates_a_part_is_told_of_as_two_shipments(odoo: Office) -> None:
    made = await sold(odoo)
    odoo.people.ship("1", Parcel(units={"TEA": Decimal(1)}, numbers=("A1", "A2"), carrier="Express"))
    odoo.people.ship("1", Parcel(numbers=("B1",)))
    keys = [change.key async for page in shipments(odoo).changes(None) for change in page.items]
    first, second = [await shipments(odoo).get(key) for key in keys]
    assert (first.state, first.order_external_id) == (ShipmentState.SENT, made.external_id)  # type: ignore[attr-defined]
    assert first.tracking == Tracking(numbers=("A1", "A2"), carrier="Express")  # type: ignore[attr-defined]
    assert {each.item: each.quantity for each in first.lines} == {"TEA": 1}  # type: ignore[attr-defined]
    assert {each.item: each.quantity for each in second.lines} == {"TEA": 1, "MUG": 1}  # type: ignore[attr-defined]


async def test_a_part_that_odoo_would_ask_about_leaves_all_the_same(odoo: Office) -> None:
    """Without being told not to, Odoo answers with a window and sends nothing."""
    made = await sold(odoo)
    stock.written(odoo.tables, 1, {"quantity": 1, "picked": True})
    window = stock.validate(odoo.tables, [1], {})
    assert window["res_model"] == "stock.backorder.confirmation"
    assert odoo.tables.get("stock.picking", 1)["state"] == "assigned"
    found, _ = await settled(parcels(odoo), parcel_of(made, 1, 1))
    assert [each.stage for each in found.documents] == ["done"]


async def test_goods_that_odoo_does_not_have_leave_below_zero_as_they_have_left(odoo: Office) -> None:
    made = await sold(odoo)
    odoo.people.move({"TEA": Decimal(-1000)})
    await settled(parcels(odoo), parcel_of(made, 1, 2, 1))
    assert odoo.people.free()["TEA"] == -2


async def test_a_delivery_that_changed_meanwhile_is_not_written(odoo: Office) -> None:
    made = await sold(odoo)
    parcel = parcel_of(made, 1, 2, 1)
    step = parcels(odoo).next_step(parcel, await parcels(odoo).find(parcel))
    assert isinstance(step, Step)
    odoo.tables.write("stock.picking", 1, {"origin": "S00001 somebody"})
    with pytest.raises(Exception, match="meanwhile"):
        await parcels(odoo).do(step)


async def test_no_delivery_is_lost_between_two_looks_within_one_second(odoo: Office) -> None:
    await sold(odoo)
    odoo.people.ship("1", Parcel(units={"TEA": Decimal(1)}))
    cursor = [page.cursor async for page in shipments(odoo).changes(None)][-1]
    at = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=1)
    odoo.people.ship("1", Parcel())
    odoo.tables.rows["stock.picking"][2]["write_date"] = at.replace(microsecond=999_999)
    found = {change.key async for page in shipments(odoo).changes(cursor) for change in page.items}
    assert "2" in found


async def test_a_shipment_in_parts_of_a_unit_is_for_a_person(odoo: Office) -> None:
    await sold(odoo)
    odoo.people.ship("1", Parcel(units={"TEA": Decimal("0.5")}))
    with pytest.raises(Rejected) as raised:
        await shipments(odoo).get("1")
    assert raised.value.code == "shipment.part_of_a_unit"
