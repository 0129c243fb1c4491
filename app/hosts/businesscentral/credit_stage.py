"""How far a credit has come: a draft, then posted; read with its signs turned where more was given than taken back; pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from app.domain.document import DocumentState, FoundDocument, FoundLine
from app.domain.ids import SinkKey
from app.hosts.businesscentral.stage import Booked, Names, found_lines, money, whole_key
from app.hosts.businesscentral.wire import CreditMemo, SalesInvoice

MEMOS, INVOICES = "salesCreditMemos", "salesInvoices"
LINES = {MEMOS: "salesCreditMemoLines", INVOICES: "salesInvoiceLines"}
VOID = frozenset({"Canceled", "Corrective"})


class CreditStage(msgspec.Struct, frozen=True):
    """`kind`: a credit memo, or an invoice where more was given in exchange than was taken back."""

    kind: str
    id: str
    etag: str
    number: str
    customer: str
    customer_number: str
    last: int


def credit_stage_of(document: FoundDocument) -> CreditStage:
    return msgspec.json.decode(document.stage, type=CreditStage)


def sign_of(row: CreditMemo | SalesInvoice) -> Decimal:
    return Decimal(1 if isinstance(row, CreditMemo) else -1)


def credit_document(row: CreditMemo | SalesInvoice, names: Names, booked: Booked) -> FoundDocument:
    """What is given back counts as positive, whichever kind of document it came to be."""
    sign, currency = sign_of(row), row.currency_code
    stage = CreditStage(
        kind=MEMOS if isinstance(row, CreditMemo) else INVOICES,
        id=row.id,
        etag=row.etag,
        number=row.external_document_number,
        customer=row.customer_id,
        customer_number=row.customer_number,
        last=max((line.sequence for line in row.lines), default=0),
    )
    posted = row.status != "Draft"
    return FoundDocument(
        sink_key=SinkKey(row.id.lower()),
        number=row.number,
        external_id=whole_key(row.lines, ("refund-",)),
        state=state_of(row.status),
        total=money(row.total_amount_including_tax * sign, currency),
        tax_total=money(row.total_tax_amount * sign, currency),
        currency=currency,
        payments=frozenset(booked.amounts),
        invoiced=posted,
        stage=msgspec.json.encode(stage).decode(),
        lines=tuple(
            FoundLine(item=line.item, quantity=line.quantity * sign, net=(line.net or Decimal(0)) * sign)
            for line in found_lines(row.lines, names, currency)
        ),
        revision=row.etag,
        amounts={key: amount for key, amount in booked.amounts.items() if amount is not None},
    )


def state_of(status: str) -> DocumentState:
    if status in VOID:
        return DocumentState.CANCELLED
    return DocumentState.DRAFT if status == "Draft" else DocumentState.POSTED


def given_back(rows: Sequence[CreditMemo | SalesInvoice]) -> Decimal:
    """By all credits of an order that stand, drafts included: they will be posted."""
    return sum(
        (row.total_amount_including_tax * sign_of(row) for row in rows if row.status not in VOID),
        start=Decimal(0),
    )
