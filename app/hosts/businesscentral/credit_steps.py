"""Decides the first thing still missing of a refund in Business Central; pure, from what was found there."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.domain.adoption import Surplus, choose
from app.domain.credit import CreditDocument
from app.domain.document import (
    DocumentLine,
    DocumentLineKind,
    DocumentPayment,
    DocumentState,
    FoundDocument,
)
from app.domain.totals import Rounding, judge_payments, judge_total
from app.errors import Reason, Verdict
from app.hosts.businesscentral import keys
from app.hosts.businesscentral.credit_stage import INVOICES, MEMOS, CreditStage, credit_stage_of
from app.hosts.businesscentral.payload import codes_of, line_rows, note_lines
from app.hosts.businesscentral.stage import stage_of
from app.hosts.businesscentral.steps import rounding_row
from app.ports import Found, Json, Step, StepKind


def next_step(record: CreditDocument, found: Found) -> Step | Reason | None:
    shown = booked(record)
    chosen = choose(shown, found.documents)
    match chosen:
        case None:
            return _first(shown, found.basis)
        case Reason():
            return chosen
        case Surplus(document=document):
            stage = credit_stage_of(document)
            payload: dict[str, Json] = {"action": "discard-credit", "kind": stage.kind, "credit": stage.id}
            key = f"discard:{document.sink_key}"
            return Step(key=key, kind=StepKind.DISCARD, payload=payload, repeatable=True)
        case FoundDocument():
            return _onward(shown, chosen)


def booked(record: CreditDocument) -> CreditDocument:
    """A credit memo puts its goods on a shelf: what does not come back is booked on the item for amounts alone."""
    lines = (
        replace(line, item=record.lost_item) if record.lost_item and _lost(line) else line
        for line in record.lines
    )
    return replace(record, lines=tuple(lines))


def _lost(line: DocumentLine) -> bool:
    return line.kind is DocumentLineKind.ITEM and not line.moves


def _first(record: CreditDocument, order: FoundDocument | None) -> Step | Reason | None:
    """An order of which nothing was paid, shipped or invoiced is removed when all of it is taken back."""
    if order is None:
        # Removed orders leave nothing behind, so that this may be what became of it.
        return None if record.whole and not record.payments else _gone(record, "is not in the ERP any more")
    if order.state is DocumentState.CANCELLED and order.shipped and not order.invoiced:
        shared = "was shipped and then removed in the ERP, as it is when several orders are invoiced together"
        return _gone(record, shared)
    if order.state is DocumentState.CANCELLED:
        return None if record.whole else _gone(record, "was cancelled in the ERP")
    stage = stage_of(order)
    if record.whole and stage.order and not (stage.touched or order.payments or record.payments):
        payload: dict[str, Json] = {"action": "cancel", "order": stage.order, "match": stage.etag}
        return Step(key="cancel-order", kind=StepKind.ADVANCE, payload=payload, repeatable=True)
    several = next((line for line in record.lines if len(line.taxes) > 1), None)
    if several is not None:
        return Reason(
            code="tax.several",
            sentence=f"{several.title} of {record.reference} has several taxes; a line of Business Central takes one tax code.",
            verdict=Verdict.NEEDS_MAPPING,
        )
    if record.lost_item is None and any(_lost(line) for line in record.lines):
        return Reason(
            code="mapping.adjustment_item_missing",
            sentence=f"Goods of {record.reference} do not come back, and no item is mapped for amounts without goods.",
            verdict=Verdict.NEEDS_MAPPING,
            facts={"table": "special", "value": "adjustment"},
        )
    return create(record, order)


def create(record: CreditDocument, order: FoundDocument | None) -> Step:
    """A credit memo, which is a draft at first. On an invoice that nobody has paid it takes off what is owed."""
    stage = stage_of(order) if order else None
    bills = [bill for bill in stage.bills if bill.status == "Open"] if stage else []
    owed = order is not None and not order.payments and len(bills) == 1
    payload: dict[str, Json] = {
        "action": "credit",
        "kind": MEMOS if record.total >= 0 else INVOICES,
        "order_key": record.order_external_id,
        "number": keys.credit_number(record.order_reference, record.order_external_id, record.external_id),
        "customer": stage.customer if stage else None,
        "currency": record.currency,
        "date": record.refunded_at.date().isoformat(),
        "total": f"{record.total:f}",
        "billed": f"{order.total:f}" if order and order.total is not None else None,
        "order": order.number if order else None,
        "invoice": bills[0].number if owed and record.total >= 0 else None,
        "lines": [row for place, line in enumerate(record.lines, 1) for row in _rows(place, line, record)],
        **codes_of(record),
        "key": keys.comment_of(record.external_id),
        "note": note_lines(record.note),
        "methods": [*sorted({payment.method for payment in record.payments})],
    }
    return Step(key="create", kind=StepKind.CREATE, payload=payload)


def _rows(place: int, line: DocumentLine, record: CreditDocument) -> list[Json]:
    """What comes back counts as positive, what is given in exchange below zero; on an invoice it is the other way round."""
    sign = Decimal(1) if line.quantity > 0 else Decimal(-1)
    shown = sign if record.total >= 0 else -sign
    positive = replace(
        line,
        quantity=abs(line.quantity),
        net=line.net * sign,
        taxes=tuple(replace(tax, amount=tax.amount * sign) for tax in line.taxes),
    )
    back = next((goods.location for goods in record.goods if goods.line_key == line.key), None)
    rows: list[Json] = []
    for row in line_rows(place, positive, record.currency, back):
        assert isinstance(row, dict)
        rows.append({**row, "quantity": f"{shown * Decimal(str(row['quantity'])):f}"})
    return rows


def _onward(record: CreditDocument, found: FoundDocument) -> Step | Reason | None:
    stage = credit_stage_of(found)
    draft = found.state is DocumentState.DRAFT
    verdict = judge_total(record, found, computes_tax=True)
    if isinstance(verdict, Reason):
        return verdict
    if isinstance(verdict, Rounding):
        if not draft:
            number, gap = found.number or found.sink_key, f"{verdict.amount:f} {record.currency}"
            sentence = f"{number} differs from {record.reference} by {gap} and is posted already."
            return Reason(code="total.differs", sentence=sentence, facts={"number": number})
        turned = verdict if stage.kind == MEMOS else replace(verdict, amount=-verdict.amount)
        return _advance("round-credit", stage, {"lines": [rounding_row(stage.last, turned)]}, key="round")
    if draft:
        return _advance("post-credit", stage, {}, key="post")
    for payment in record.payments:
        if payment.amount > 0 and payment.key not in found.payments:
            return _returned(record, stage, payment)
    return judge_payments(record, found)


def _returned(record: CreditDocument, stage: CreditStage, payment: DocumentPayment) -> Step:
    values: dict[str, Json] = {
        "customer": stage.customer,
        "customer_number": stage.customer_number,
        "document": keys.payment_number(record.external_id, payment.key),
        "comment": f"{record.external_id}/{payment.key}",
        "title": record.reference,
        "method": payment.method,
        "currency": record.currency,
        "amount": f"{payment.amount:f}",
        "date": payment.at.date().isoformat(),
    }
    return _advance("return", stage, values, key=f"refund:{payment.key}", repeatable=False)


def _advance(
    action: str, stage: CreditStage, values: dict[str, Json], *, key: str, repeatable: bool = True
) -> Step:
    payload: dict[str, Json] = {
        "action": action,
        "kind": stage.kind,
        "credit": stage.id,
        "match": stage.etag,
        "number": stage.number,
        **values,
    }
    return Step(key=key, kind=StepKind.ADVANCE, payload=payload, repeatable=repeatable)


def _gone(record: CreditDocument, what: str) -> Reason:
    return Reason(
        code="refund.no_document",
        sentence=f"The document of {record.order_reference} {what}, so its refund can't be booked on it.",
        verdict=Verdict.LOOK_FIRST,
    )
