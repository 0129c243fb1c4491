"""Credits on what became of their orders in Business Central."""

from __future__ import annotations

from dataclasses import replace

from app.domain.credit import CreditDocument
from app.domain.document import DocumentKind, SalesDocument
from app.errors import Reason
from app.ports import Host, Missing, Sink, Step
from sandbox.erps.businesscentral import documents, posting
from sandbox.erps.businesscentral.staff import Staff
from sandbox.erps.office import Parcel
from tests.examples import document, line
from tests.hosts.businesscentral.rig import company
from tests.hosts.rig import converge, orders
from tests.hosts.test_contract_refunds import credit_of

CODES = {"dimension_1": "SALES", "dimension_2": "HOME", "salesperson": "AB"}


def refunds(host: Host) -> Sink[CreditDocument]:
    assert not isinstance(host.refunds, Missing)
    return host.refunds


async def sent(host: Host, staff: Staff) -> tuple[SalesDocument, str, str]:
    """An order whose goods left: itself, its key there and the shipment's."""
    sold = document([line("TEA", "20.00", "VAT20")], kind=DocumentKind.SALES_ORDER, paid="0")
    there, _ = await converge(orders(host), sold)
    return sold, there.sink_key, staff.ship(there.sink_key, Parcel())


async def verdict_on(host: Host, sold: SalesDocument) -> Step | Reason | None:
    credit = credit_of(sold, payments=())
    return refunds(host).next_step(credit, await refunds(host).find(credit))


async def test_a_refund_of_what_was_invoiced_together_with_other_orders_is_not_passed_over() -> None:
    host, staff, _ = company()
    made = [await sent(host, staff) for _ in range(2)]
    rows = [staff._books.get("salesOrders", order) for _, order, _ in made]
    staff._do(lambda: posting.invoice_together(staff._books, [row for row in rows if row]))
    assert staff._books.all("salesOrders") == []
    held = await verdict_on(host, made[0][0])
    assert isinstance(held, Reason)
    assert held.code == "refund.no_document"


async def test_an_order_whose_goods_were_taken_back_before_it_was_removed_needs_no_credit() -> None:
    host, staff, _ = company()
    sold, order, shipment = await sent(host, staff)
    staff.recall(shipment)
    row = staff._books.get("salesOrders", order)
    assert row is not None
    staff._do(lambda: documents.remove(staff._books, "salesOrders", row))
    assert await verdict_on(host, sold) is None


async def test_a_credit_has_the_dimensions_and_the_salesperson_as_an_order_has_them() -> None:
    host, staff, _ = company()
    sold = document([line("TEA", "20.00", "VAT20")], codes=CODES)
    await converge(orders(host), sold)
    credit = replace(credit_of(sold, lines=1), codes=CODES)
    step = refunds(host).next_step(credit, await refunds(host).find(credit))
    assert isinstance(step, Step)
    await refunds(host).do(step)
    (bill,), (memo,) = (staff._books.all(each) for each in ("salesInvoices", "salesCreditMemos"))
    fields = ("shortcutDimension1Code", "shortcutDimension2Code", "salesperson")
    assert [memo[name] for name in fields] == [bill[name] for name in fields] == [*CODES.values()]
