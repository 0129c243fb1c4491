"""A shop counts pieces, which are an item's base units, whatever unit Business Central usually sells it in."""

from __future__ import annotations

from decimal import Decimal

from app.domain.document import DocumentKind
from app.hosts.businesscentral.units import Units
from app.ports import Missing, Step
from sandbox.erps.businesscentral.staff import Staff
from sandbox.erps.office import Item
from tests.examples import document, line
from tests.hosts.businesscentral.rig import another, company, door, varied
from tests.hosts.rig import converge, orders
from tests.hosts.test_contract_refunds import credit_of


def boxed(staff: Staff, *items: str) -> None:
    """They are sold by the box of six."""
    for number in items:
        there = staff._books.one("items", "number = ?", number)
        assert there is not None
        staff._books.update("items", there["id"], _salesUnit="BOX", _perSalesUnit=6)


def lies(staff: Staff, item: str) -> Decimal:
    row = staff._books.one("items", "number = ?", item)
    assert row is not None
    return Decimal(row["inventory"])


async def test_two_pieces_of_what_is_sold_by_the_box_leave_as_two_pieces_and_come_back_as_such() -> None:
    host, staff, _ = company()
    boxed(staff, "TEA")
    sold = document([line("TEA", "8.00", "VAT20", quantity="2")])
    await converge(orders(host), sold)
    assert lies(staff, "TEA") == 998
    refunds = host.refunds
    assert not isinstance(refunds, Missing)
    credit = credit_of(sold)
    while isinstance(step := refunds.next_step(credit, await refunds.find(credit)), Step):
        await refunds.do(step)
    assert lies(staff, "TEA") == 1000


async def test_a_variant_is_counted_in_the_base_unit_of_its_item() -> None:
    host, staff, _ = company()
    varied(staff, "SHIRT", "RED", "BLUE")
    boxed(staff, "SHIRT")
    await converge(orders(host), document([line("SHIRT-RED", "16.00", "VAT20", quantity="2")]))
    assert lies(staff, "SHIRT") == -2


async def test_an_item_that_is_called_like_the_variant_of_another_has_a_unit_of_its_own() -> None:
    host, staff, _ = company()
    staff.stock([Item(sku="TEA-10", title="Ten teas", price=Decimal(8), stock=Decimal(1000))])
    boxed(staff, "TEA-10")
    await converge(orders(host), document([line("TEA", "8.00", "VAT20")]))
    await converge(orders(host), document([line("TEA-10", "16.00", "VAT20", quantity="2")]))
    assert lies(staff, "TEA-10") == 998


async def test_what_was_not_asked_for_is_not_taken_for_an_item_without_a_unit() -> None:
    _, _, http = company()
    units = Units(door(http))
    strange = units.strange(["TEA", "MUG"])
    units.learn(strange, await door(http).together(*units.asked(strange)))
    assert units.strange(["TEA", "MUG", "CUP"]) == ["CUP"]
    units.learn(["CUP"], [[]])
    assert units.of("TEA") == units.of("MUG") == "PCS"


async def test_the_units_of_items_that_were_never_met_cost_no_call() -> None:
    calls = []
    for sku in ("TEA", "MUG"):
        host, staff, http = company()
        boxed(staff, "TEA")
        first = document([line("TEA", "8.00", "VAT20")], kind=DocumentKind.SALES_ORDER, paid="0")
        await converge(orders(host), first)
        before = len(http.asked)
        lines = [line(sku, "8.00", "VAT20")]
        await converge(orders(host), document(lines, kind=DocumentKind.SALES_ORDER, paid="0"))
        calls.append(len(http.asked) - before)
    assert calls[0] == calls[1]


async def test_an_item_that_was_made_after_it_was_missed_has_its_unit_at_the_next_try() -> None:
    host, staff, _ = company()
    made = document([line("CUP", "8.00", "VAT20", quantity="2")], kind=DocumentKind.INVOICED_ORDER)
    await orders(host).find(made)
    varied(staff, "OTHER", "ONE")
    staff._do(lambda: staff._goods._new("CUP", "Cup", Decimal(4)))
    boxed(staff, "CUP")
    await converge(orders(host), made)
    assert lies(staff, "CUP") == -2


async def test_a_step_that_another_process_carries_out_looks_for_its_units() -> None:
    host, staff, http = company()
    boxed(staff, "TEA")
    made = document([line("TEA", "8.00", "VAT20", quantity="2")])
    step = orders(host).next_step(made, await orders(host).find(made))
    assert isinstance(step, Step)
    await orders(another(http)).do(step)
    (row,) = staff._books.all("salesOrderLines", "lineType = 'Item'")
    assert row["unitOfMeasureCode"] == "PCS"
