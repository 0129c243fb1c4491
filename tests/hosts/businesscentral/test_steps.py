"""Which step of an order is next, from the rows that Business Central would tell; pure."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.domain.document import DocumentKind, DocumentState, SalesDocument
from app.errors import Reason
from app.hosts.businesscentral import keys, steps
from app.hosts.businesscentral.payload import GAP, line_body, new_order
from app.hosts.businesscentral.stage import Booked, Names, documents_of, spelled
from app.hosts.businesscentral.wire import ITEM, Line, SalesInvoice, SalesOrder, Variant
from app.ports import Found, Step, StepKind
from tests.examples import document, in_kind, line

ORDER, BILL, CUSTOMER = (f"{n}aa1b2c3-1111-2222-3333-444455556666" for n in range(3))


def lines_of(made: SalesDocument) -> list[Line]:
    payload: Any = new_order(made)
    return [
        Line(
            id=f"{place}bb1b2c3-1111-2222-3333-444455556666",
            sequence=row["place"],
            line_type=ITEM,
            line_object_number=row["item"],
            quantity=Decimal(row["quantity"]),
            net_amount=Decimal(row["quantity"]) * Decimal(row["price"]),
        )
        for place, row in enumerate(payload["lines"])
    ]


def order_of(
    made: SalesDocument, *, id: str = ORDER, number: str = "101001", draft: bool = False, **changes: Any
) -> SalesOrder:
    told = keys.order_number(made.reference, made.external_id)
    row = SalesOrder(
        id=id,
        number=number,
        external_document_number=told + (keys.DRAFT if draft else ""),
        customer_id=CUSTOMER,
        currency_code=made.currency,
        total_amount_including_tax=made.total,
        total_tax_amount=made.tax_total,
        status="Draft",
        etag="W/1",
        sales_order_lines=lines_of(made),
    )
    return replace_row(row, **changes)


def replace_row(row: Any, **changes: Any) -> Any:
    return type(row)(**{name: changes.get(name, getattr(row, name)) for name in row.__struct_fields__})


def bill_of(made: SalesDocument, **changes: Any) -> SalesInvoice:
    row = SalesInvoice(
        id=BILL,
        number="103001",
        external_document_number=keys.order_number(made.reference, made.external_id),
        customer_id=CUSTOMER,
        currency_code=made.currency,
        total_amount_including_tax=made.total,
        total_tax_amount=made.tax_total,
        status="Open",
        order_id=ORDER,
        order_number="101001",
        remaining_amount=made.total,
        sales_invoice_lines=lines_of(made),
    )
    invoice: SalesInvoice = replace_row(row, **changes)
    return invoice


def found(
    made: SalesDocument,
    orders: list[SalesOrder] | None = None,
    bills: list[SalesInvoice] | None = None,
    paid: dict[str, Decimal | None] | None = None,
) -> Found:
    names = Names(spelled=spelled([each.item for each in made.lines]), variants={})
    there = documents_of(
        orders or [], bills or [], [], names=names, booked=Booked(amounts=paid or {}), pages=None
    )
    return Found(documents=tuple(there))


def step(made: SalesDocument, there: Found) -> Step:
    next_one = steps.next_step(made, there)
    assert isinstance(next_one, Step), next_one
    return next_one


def test_a_draft_becomes_ours_only_after_it_was_looked_at_alone() -> None:
    made = in_kind(DocumentKind.SALES_ORDER, paid="0")
    drafts = [
        order_of(made, draft=True),
        order_of(made, id=BILL, number="101002", draft=True),
    ]
    surplus = step(made, found(made, drafts))
    assert (surplus.kind, surplus.payload["order"]) == (StepKind.DISCARD, BILL)
    confirm = step(made, found(made, drafts[:1]))
    assert (confirm.key, confirm.payload["match"], confirm.payload["whole"]) == ("confirm", "W/1", True)
    assert confirm.payload["number"] == keys.order_number(made.reference, made.external_id)
    assert steps.next_step(made, found(made, [order_of(made)])) is None


def test_a_confirmed_order_wins_over_an_older_draft() -> None:
    made = in_kind(DocumentKind.SALES_ORDER, paid="0")
    there = found(made, [order_of(made, draft=True), order_of(made, id=BILL, number="101002")])
    assert step(made, there).payload["order"] == ORDER


def test_an_order_that_was_posted_is_found_as_its_invoice_under_its_own_id() -> None:
    made = document()
    (posted,) = found(made, bills=[bill_of(made)]).documents
    assert (posted.sink_key, posted.state, posted.invoiced) == (ORDER, DocumentState.POSTED, True)
    pay = step(made, found(made, bills=[bill_of(made)]))
    assert (pay.key, pay.payload["invoice"]) == (f"payment:{made.payments[0].key}", BILL)
    paid = {made.payments[0].key: made.total}
    assert (
        steps.next_step(made, found(made, bills=[bill_of(made)], paid={str(k): v for k, v in paid.items()}))
        is None
    )


def test_what_was_posted_of_a_payment_counts_without_its_amount() -> None:
    made = document()
    assert (
        steps.next_step(made, found(made, bills=[bill_of(made)], paid={str(made.payments[0].key): None}))
        is None
    )


def test_an_order_is_posted_before_its_money_is_told_and_only_when_all_of_it_is_there() -> None:
    made = document()
    assert step(made, found(made, [order_of(made)])).key == "invoice"
    partly = replace(made, payments=(replace(made.payments[0], amount=Decimal("1.00")),))
    assert step(partly, found(partly, [order_of(partly)])).key.startswith("payment:")


def test_an_order_with_a_deposit_is_invoiced_once_everything_was_shipped() -> None:
    made = in_kind(DocumentKind.ORDER_WITH_DEPOSIT)
    paid = {str(made.payments[0].key): made.total}
    assert steps.next_step(made, found(made, [order_of(made)], paid=dict(paid))) is None
    assert step(made, found(made, [order_of(made, fully_shipped=True)], paid=dict(paid))).key == "invoice"


def test_quantities_that_a_person_set_to_nothing_are_a_cancelled_order() -> None:
    made = in_kind(DocumentKind.SALES_ORDER, paid="0")
    empty = [replace_row(each, quantity=Decimal(0), net_amount=Decimal(0)) for each in lines_of(made)]
    reason = steps.next_step(made, found(made, [order_of(made, sales_order_lines=empty)]))
    assert isinstance(reason, Reason)
    assert reason.code == "document.cancelled_in_erp"
    reason = steps.next_step(made, found(made, bills=[bill_of(made, status="Canceled")]))
    assert isinstance(reason, Reason)
    assert reason.code == "document.cancelled_in_erp"


def test_an_order_that_was_invoiced_in_parts_is_one_document() -> None:
    made = document([line("TEA", "40.00", quantity="4")], paid="0")
    halves = [
        bill_of(
            made,
            id=there,
            number=number,
            total_amount_including_tax=Decimal("20.00"),
            total_tax_amount=Decimal(0),
            sales_invoice_lines=[
                replace_row(lines_of(made)[0], quantity=Decimal(2), net_amount=Decimal("20.00"))
            ],
        )
        for there, number in ((BILL, "103001"), (CUSTOMER, "103002"))
    ]
    (posted,) = found(made, bills=halves).documents
    assert (posted.total, [(e.quantity, e.net) for e in posted.lines or ()]) == (
        Decimal("40.00"),
        [(4, Decimal("40.00"))],
    )


def test_invoices_of_an_order_that_is_still_open_are_no_doubles_of_it() -> None:
    made = in_kind(DocumentKind.SALES_ORDER, paid="0")
    there = found(made, [order_of(made)], [bill_of(made)])
    assert len(there.documents) == 1
    edited = replace(made, lines=(replace(made.lines[0], quantity=Decimal(9)), *made.lines[1:]))
    reason = steps.next_step(edited, there)
    assert isinstance(reason, Reason)


def test_a_small_difference_goes_on_a_line_below_the_others_and_never_onto_what_was_posted() -> None:
    made = in_kind(DocumentKind.SALES_ORDER, paid="0")
    less = {"total_amount_including_tax": made.total - Decimal("0.01")}
    rounding = step(made, found(made, [order_of(made, draft=True, **less)]))
    (row,) = rounding.payload["lines"]  # type: ignore[misc]  # JSON
    assert isinstance(row, dict)
    assert (rounding.key, row["price"], row["quantity"], rounding.repeatable) == ("round", "0.01", "1", True)
    assert int(str(row["place"])) % GAP == 0
    assert int(str(row["place"])) > max(each.sequence for each in lines_of(made))
    reason = steps.next_step(made, found(made, bills=[bill_of(made, **less)]))
    assert isinstance(reason, Reason)
    assert reason.code == "total.differs"


def test_a_line_with_two_taxes_waits_for_a_person() -> None:
    made = document([line("TEA", "10.00", "VAT20", "VAT7")])
    reason = steps.next_step(made, Found())
    assert isinstance(reason, Reason)
    assert reason.code == "tax.several"


def test_parts_of_a_line_are_put_together_again() -> None:
    made = document([line("TEA", "10.00", quantity="3")], paid="0")
    assert [each.sequence - 2 * GAP for each in lines_of(made)] == [0, 1]
    (there,) = found(made, [order_of(made)]).documents
    assert [(e.item, e.quantity, e.net) for e in there.lines or ()] == [("TEA", 3, Decimal("10.00"))]


def test_a_variant_is_called_as_the_order_calls_it() -> None:
    made = document([line("shirt-red", "10.00")], paid="0")
    variant = Variant(id=CUSTOMER, item_number="SHIRT", code="RED")
    row = replace_row(lines_of(made)[0], line_object_number="SHIRT", item_variant_id=CUSTOMER)
    names = Names(spelled=spelled(["shirt-red"]), variants={CUSTOMER: variant})
    (there,) = documents_of(
        [order_of(made, sales_order_lines=[row])], [], [], names=names, booked=Booked(amounts={}), pages=None
    )
    assert [each.item for each in there.lines or ()] == ["shirt-red"]


def test_a_line_says_first_what_it_is_and_last_what_is_set_over_it() -> None:
    row: Any = new_order(document([line("GL:8400", "4.90")], paid="0"))["lines"]
    body = line_body(row[0], variant=None, unit=None, location=None, untaxed="ZERO")
    assert list(body)[:2] == ["lineType", "lineObjectNumber"]
    assert (body["lineType"], body["lineObjectNumber"], body["taxCode"]) == ("Account", "8400", "ZERO")
    assert list(body).index("unitPrice") > list(body).index("quantity")
