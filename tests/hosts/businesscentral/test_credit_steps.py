"""Which step of a refund is next, from the rows that Business Central would tell; pure."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.domain.credit import CreditDocument
from app.domain.document import DocumentKind, SalesDocument
from app.domain.ids import external_id
from app.errors import Reason
from app.hosts.businesscentral import credit_steps, keys
from app.hosts.businesscentral.credit_stage import credit_document, given_back
from app.hosts.businesscentral.stage import Booked, Names, spelled
from app.hosts.businesscentral.wire import CreditMemo, SalesInvoice
from app.ports import Found, Step
from tests.examples import document, in_kind
from tests.hosts.businesscentral.test_steps import CUSTOMER, bill_of, found, lines_of, order_of, replace_row
from tests.hosts.test_contract_refunds import credit_of

MEMO = "9aa1b2c3-1111-2222-3333-444455556666"


def memo_of(order: SalesDocument, credit: CreditDocument, status: str = "Draft") -> CreditMemo:
    return CreditMemo(
        id=MEMO,
        number="104001",
        external_document_number=keys.credit_number(
            credit.order_reference, credit.order_external_id, credit.external_id
        ),
        customer_id=CUSTOMER,
        customer_number="SC-7001",
        currency_code=credit.currency,
        total_amount_including_tax=credit.total,
        total_tax_amount=credit.tax_total,
        status=status,
        etag="W/1",
        sales_credit_memo_lines=lines_of(order)[: len(credit.lines)],
    )


def there(order: SalesDocument, credit: CreditDocument, *memos: CreditMemo, paid: bool = False) -> Found:
    names = Names(spelled=spelled([line.item for line in credit.lines]), variants={})
    booked = {str(payment.key): payment.amount for payment in credit.payments} if paid else {}
    return Found(
        documents=tuple(credit_document(memo, names, Booked(amounts=dict(booked))) for memo in memos),
        basis=found(order, bills=[bill_of(order)], paid={str(order.payments[0].key): order.total}).documents[
            0
        ],
    )


def step(credit: CreditDocument, state: Found) -> Step:
    next_one = credit_steps.next_step(credit, state)
    assert isinstance(next_one, Step), next_one
    return next_one


def test_a_credit_is_a_draft_then_posted_and_then_the_money_goes_back() -> None:
    order = document()
    credit = credit_of(order, lines=1)
    made = step(credit, there(order, credit))
    assert (made.key, made.payload["kind"], made.payload["invoice"]) == ("create", "salesCreditMemos", None)
    assert step(credit, there(order, credit, memo_of(order, credit))).key == "post"
    posted = memo_of(order, credit, "Open")
    assert step(credit, there(order, credit, posted)).key == f"refund:{credit.payments[0].key}"
    assert credit_steps.next_step(credit, there(order, credit, posted, paid=True)) is None


def test_a_second_draft_goes_before_anything_is_posted() -> None:
    order = document()
    credit = credit_of(order, lines=1)
    other = replace_row(memo_of(order, credit), id=CUSTOMER, number="104002")
    surplus = step(credit, there(order, credit, memo_of(order, credit), other))
    assert surplus.payload["credit"] == CUSTOMER


def test_what_nobody_paid_shipped_or_invoiced_is_removed_and_its_absence_is_no_question_then() -> None:
    order = in_kind(DocumentKind.SALES_ORDER, paid="0")
    credit = credit_of(order)
    open_one = Found(basis=found(order, [order_of(order)]).documents[0])
    assert step(credit, open_one).key == "cancel-order"
    assert credit_steps.next_step(credit, Found()) is None
    part = credit_steps.next_step(credit_of(order, lines=1), Found())
    assert isinstance(part, Reason)
    assert part.code == "refund.no_document"


def test_an_order_that_somebody_paid_is_credited_and_not_removed() -> None:
    order = in_kind(DocumentKind.ORDER_WITH_DEPOSIT)
    credit = credit_of(order, payments=())
    paid = found(order, [order_of(order)], paid={"77": order.total})
    assert step(credit, Found(basis=paid.documents[0])).key == "create"


def test_goods_that_stay_with_the_buyer_are_credited_without_them_or_held() -> None:
    order = document()
    credit = credit_of(order, lines=1)
    lost = replace(credit, lines=tuple(replace(line, moves=False) for line in credit.lines))
    held = credit_steps.next_step(lost, there(order, lost))
    assert isinstance(held, Reason)
    assert held.code == "mapping.adjustment_item_missing"
    (row, *_) = step(replace(lost, lost_item="ADJUSTMENT"), there(order, lost)).payload["lines"]  # type: ignore[misc]  # JSON
    assert isinstance(row, dict)
    assert row["item"] == "ADJUSTMENT"


def test_an_exchange_that_costs_more_is_an_invoice_with_its_signs_turned() -> None:
    order = document(paid="0")
    back = replace(order.lines[0], quantity=Decimal(1), net=Decimal("10.00"), taxes=())
    sent = replace(back, key="sent", item="MUG", quantity=Decimal(-1), net=Decimal("-15.00"))
    credit = replace(
        credit_of(order, lines=1),
        external_id=external_id(kind="refund", store="demo", key="1"),
        lines=(back, sent), payments=(), total=Decimal("-5.00"), tax_total=Decimal(0), tax_lines=0,
    )  # fmt: skip
    made = credit_steps.create(credit, None).payload
    assert made["kind"] == "salesInvoices"
    quantities = [row["quantity"] for row in made["lines"] if isinstance(row, dict)]  # type: ignore[union-attr]  # JSON
    assert quantities == ["-1", "1"]


def test_what_was_given_back_counts_drafts_and_not_what_was_called_off() -> None:
    order = document()
    credit = credit_of(order, lines=1)
    bill = replace_row(bill_of(order), total_amount_including_tax=Decimal("1.00"))
    assert isinstance(bill, SalesInvoice)
    memos = [memo_of(order, credit), memo_of(order, credit, "Canceled"), memo_of(order, credit, "Open")]
    assert given_back([*memos, bill]) == 2 * credit.total - 1
