"""An item that stands below another one may be mapped by its whole name: its document is ours all the same."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.domain.document import DocumentKind, DocumentLineKind, Earlier, FoundLine, SalesDocument
from app.domain.goods import GoodsSent
from app.domain.ids import StoreKey, external_id
from app.domain.parcel import ShipmentDocument
from app.domain.shipment import Tracking
from app.ports import Missing
from sandbox.erps.netsuite.account import Account
from sandbox.erps.netsuite.books import Books
from tests.examples import ORDERED_AT, document, line
from tests.hosts.netsuite.rig import There, opened
from tests.hosts.rig import converge, orders
from tests.hosts.test_contract_refunds import credit_of, credited

FREIGHT, ROUNDED, TEA = "Charges : FREIGHT", "Charges : CENTS", "Drinks : ASSAM"


def below_others(books: Books) -> None:
    for name in (FREIGHT, ROUNDED):
        books.item(name, name, type="Service")
    books.item(TEA, "Assam")


def sold(kind: DocumentKind = DocumentKind.SALES_ORDER, *, paid: str | None = "0") -> SalesDocument:
    charge = line(FREIGHT, "4.90", "VAT20", kind=DocumentLineKind.SHIPPING)
    made = document([line("TEA", "20.00", "VAT20"), charge], paid=paid, kind=kind)
    return replace(made, location="1", rounding_item=ROUNDED)


def here(account: Account | None = None) -> There:
    return opened(account, prepared=below_others)


async def test_an_order_of_an_item_by_its_whole_name_becomes_one_document() -> None:
    there = here()
    made, done = await converge(orders(there.host), sold())
    assert [step.key for step in done] == ["create"]
    assert made.lines is not None
    assert FREIGHT in {each.item for each in made.lines}


async def test_a_cent_is_booked_on_a_rounding_item_by_its_whole_name_once() -> None:
    there = here(Account(suite_tax=False))
    order = document(
        [line("TEA", "0.13", "VAT20"), line("TEA", "0.12", "VAT20")], paid="0", kind=DocumentKind.SALES_ORDER
    )
    off = replace(order, location="1", rounding_item=ROUNDED, total=order.total + Decimal("0.01"))
    made, done = await converge(orders(there.host), off)
    assert [step.key for step in done] == ["create", "rounding"]
    assert made.total == off.total


async def test_a_refund_of_such_an_item_becomes_one_credit() -> None:
    there = here()
    order = sold(DocumentKind.CASH_SALE, paid=None)
    await converge(orders(there.host), order)
    assert not isinstance(there.host.refunds, Missing)
    made = await credited(there.host.refunds, credit_of(order))
    assert made.total == order.total


async def test_what_was_sent_of_such_an_item_leaves_with_the_orders_line() -> None:
    there = here()
    order = document([line(TEA, "20.00", "VAT20")], paid="0", kind=DocumentKind.SALES_ORDER)
    order = replace(order, location="1")
    await converge(orders(there.host), order)
    there.books.run("UPDATE _stock SET onhand = 5")
    assert not isinstance(there.host.parcels, Missing)
    sent = ShipmentDocument(
        external_id=external_id(kind="parcel", store="demo", key=StoreKey("1")), reference="#1-F1",
        order_external_id=order.external_id, order_reference=order.reference,
        lines=(GoodsSent(line_key=StoreKey("x"), item=TEA, quantity=1, physical=True),),
        tracking=Tracking(), warehouse=None, sent_at=ORDERED_AT,
    )  # fmt: skip
    step = there.host.parcels.next_step(sent, await there.host.parcels.find(sent))
    assert getattr(step, "key", step) == "create"


async def test_an_edit_from_one_item_to_another_of_the_same_own_name_is_carried() -> None:
    """Who has such items maps them by their whole names: they are told apart by nothing else."""

    def two_reds(books: Books) -> None:
        for name in ("Shirt : Red", "Pants : Red"):
            books.item(name, name)

    there = opened(None, prepared=two_reds)
    order = document([line("Shirt : Red", "20.00", "VAT20")], paid="0", kind=DocumentKind.SALES_ORDER)
    order = replace(order, location="1")
    await converge(orders(there.host), order)
    before = Earlier(
        lines=tuple(FoundLine(item=each.item, quantity=each.quantity, net=each.net) for each in order.lines),
        edit=order.edit,
    )
    lines = tuple(replace(each, item="Pants : Red") for each in order.lines)
    edited = replace(order, lines=lines, earlier=(before,), edit="2")
    made, done = await converge(orders(there.host), edited)
    assert [step.key for step in done] == ["edit:2"]
    assert [each.item for each in made.lines or ()] == ["Pants : Red"]
