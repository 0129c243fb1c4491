"""Posted shipments tell less than the documents that they come from: no kind of a line of words, and no variant."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.domain.document import DocumentKind, SalesDocument
from app.domain.shipment import Shipment, ShipmentState
from app.hosts.businesscentral.directory import Directory
from app.hosts.businesscentral.shipments import CentralShipments
from app.ports import Host, Missing
from sandbox.erps.businesscentral.staff import Staff
from sandbox.erps.office import Parcel
from tests.examples import document, line
from tests.hosts.businesscentral.rig import Hands, another, company, door, varied
from tests.hosts.inside import Inside
from tests.hosts.rig import converge, orders

SHIRTS = [
    line("SHIRT-RED", "16.00", "VAT20", quantity="2"),
    line("SHIRT-BLUE", "8.00", "VAT20"),
    line("TEA", "4.00", "VAT20"),
]


async def told(host: Host) -> list[Shipment]:
    source = host.shipments
    assert not isinstance(source, Missing)
    found = [await source.get(change.key) async for page in source.changes(None) for change in page.items]
    return [each for each in found if each is not None]


def goods(shipments: Sequence[Shipment]) -> dict[str, int]:
    return {row.item: row.quantity for each in shipments for row in each.lines}


async def shirts(kind: DocumentKind = DocumentKind.SALES_ORDER) -> tuple[Staff, Inside, SalesDocument, str]:
    host, staff, http = company()
    varied(staff, "SHIRT", "BLUE", "RED")
    paid = None if kind is DocumentKind.INVOICED_ORDER else "0"
    made = document(SHIRTS, kind=kind, paid=paid)
    there, _ = await converge(orders(host), made)
    return staff, http, made, there.sink_key


async def test_what_left_is_found_by_a_line_of_words_whose_type_is_told_as_a_blank() -> None:
    staff, http, made, order = await shirts()
    staff.ship(order, Parcel())
    (shipment,) = await told(another(http))
    assert shipment.order_external_id == made.external_id
    types = {row["lineType"] for row in staff._books.all("salesShipmentLines")}
    assert types == {"", "Item"}, "as the table of posted shipments calls them"


async def test_variants_of_one_item_leave_as_what_the_open_order_says_of_each_line() -> None:
    staff, http, _, order = await shirts()
    staff.ship(order, Parcel(units={"SHIRT-RED": Decimal(1), "TEA": Decimal(1)}))
    assert goods(await told(another(http))) == {"SHIRT-RED": 1, "TEA": 1}


async def test_variants_of_an_order_that_was_posted_are_told_by_its_invoice() -> None:
    _, http, _, _ = await shirts(DocumentKind.INVOICED_ORDER)
    assert goods(await told(another(http))) == {"SHIRT-RED": 2, "SHIRT-BLUE": 1, "TEA": 1}


async def test_a_variant_that_was_taken_back_is_not_mistaken_for_another_one() -> None:
    staff, http, _, order = await shirts()
    sent = staff.ship(order, Parcel())
    staff.recall(sent)
    (undone,) = await told(another(http))
    assert (undone.state, undone.lines) == (ShipmentState.CANCELLED, ())


async def test_a_shipment_is_read_by_two_calls_and_its_services_and_variants_by_one_each() -> None:
    staff, http, _, order = await shirts()
    key = staff.ship(order, Parcel())
    host = another(http)
    source = host.shipments
    assert not isinstance(source, Missing)
    assert await source.get(key) is not None
    before = len(http.asked)
    assert await source.get(key) is not None
    assert len(http.asked) == before + 2


async def test_a_service_that_was_made_later_is_no_goods_after_some_minutes() -> None:
    staff, http, _, order = await shirts()
    key = staff.ship(order, Parcel(units={"TEA": Decimal(1)}))
    clock = Hands()
    central = door(http)
    source = CentralShipments(central, Directory(central), clock)
    before = await source.get(key)
    tea = staff._books.one("items", "number = 'TEA'")
    assert before is not None
    assert tea is not None
    staff._books.update("items", tea["id"], type="Service")
    clock.now += 301
    after = await source.get(key)
    assert after is not None
    assert (goods([before]), goods([after])) == ({"TEA": 1}, {})
