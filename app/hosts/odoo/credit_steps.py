"""Decides the first thing still missing of a refund in Odoo; pure, from what was found there."""

from __future__ import annotations

from decimal import Decimal

from app.domain.adoption import Surplus, choose
from app.domain.credit import CreditDocument
from app.domain.document import DocumentLine, DocumentPayment, DocumentState, FoundDocument
from app.domain.totals import Rounding, judge_payments, judge_total
from app.errors import Reason, Verdict
from app.hosts.odoo.payload import line_rows
from app.hosts.odoo.stage import memo_of, read_stage
from app.hosts.odoo.steps import advance, hold, rounding_row, unnamed
from app.ports import Found, Json, Step, StepKind


def next_step(record: CreditDocument, found: Found) -> Step | Reason | None:
    chosen = choose(record, found.documents)
    match chosen:
        case None:
            return _first(record, found.basis)
        case Reason():
            return chosen
        case Surplus(document=document):
            # A second draft of ours: nothing keeps our key unique in Odoo.
            payload: dict[str, Json] = {"action": "discard", "credit": int(document.sink_key)}
            key = f"discard:{document.sink_key}"
            return Step(key=key, kind=StepKind.DISCARD, payload=payload, repeatable=True)
        case FoundDocument():
            return _onward(record, chosen)


def _first(record: CreditDocument, order: FoundDocument | None) -> Step | Reason | None:
    """A sale that nothing was billed, paid or sent of is simply cancelled with all of it."""
    if order is None:
        return _gone(record, "is not in the ERP any more")
    if order.state is DocumentState.CANCELLED:
        return None if record.whole else _gone(record, "was cancelled in the ERP")
    stage = read_stage(order)
    if strange := unnamed(order, stage):
        return strange
    untouched = not (stage.payments or stage.invoices or stage.left)
    if record.whole and untouched and not record.payments:
        return advance(order, "cancel", {}, key="cancel-order")
    return create(record, order)


def create(record: CreditDocument, order: FoundDocument | None) -> Step:
    """A credit note of its own, which names the invoice that it takes back; a draft at first."""
    payload: dict[str, Json] = {
        "action": "credit",
        "sale": int(order.sink_key) if order else 0,
        "key": record.external_id,
        "reference": record.reference,
        "currency": record.currency,
        "total": f"{record.total:f}",
        "date": record.refunded_at.date().isoformat(),
        "note": record.note,
        "kind": "out_refund" if record.total >= 0 else "out_invoice",
        "lines": [row for place, line in enumerate(record.lines, 1) for row in _rows(place, line, record)],
        "methods": [*sorted({each.method for each in record.payments})],
    }
    return Step(key="create", kind=StepKind.CREATE, payload=payload)


def _rows(place: int, line: DocumentLine, record: CreditDocument) -> list[Json]:
    """What comes back counts as positive, what is given in exchange below zero; on an invoice it is the other way round."""
    sign = Decimal(1) if line.quantity > 0 else Decimal(-1)
    shown = sign if record.total >= 0 else -sign
    positive = DocumentLine(
        key=line.key, kind=line.kind, item=line.item, title=line.title, quantity=abs(line.quantity),
        net=line.net * sign, taxes=line.taxes,
    )  # fmt: skip
    rows: list[Json] = []
    for row in line_rows(place, positive, record.currency):
        assert isinstance(row, dict)
        rows.append({**row, "quantity": f"{shown * Decimal(str(row['quantity'])):f}"})
    return rows


def _onward(record: CreditDocument, found: FoundDocument) -> Step | Reason | None:
    verdict = judge_total(record, found, computes_tax=True)
    draft = found.state is DocumentState.DRAFT
    if isinstance(verdict, Reason):
        return verdict
    if isinstance(verdict, Rounding):
        if not draft:
            number, gap = found.number or found.sink_key, f"{verdict.amount:f} {record.currency}"
            sentence = f"{number} differs from {record.reference} by {gap} and is posted already."
            return hold("total.differs", sentence, found)
        row = rounding_row(len(record.lines) + 1, verdict)
        if record.total < 0:
            row["quantity"] = "-1"
        # As with a sale's: nothing of Odoo's keeps a line from being added twice.
        return _step(found, "round", row, repeatable=False)
    if draft:
        return _step(found, "post", {})
    for payment in record.payments:
        if payment.amount > 0 and payment.key not in found.payments:
            return _step(
                found, "pay", _as_returned(record, payment), key=f"refund:{payment.key}", repeatable=False
            )
    return judge_payments(record, found)


def _as_returned(record: CreditDocument, payment: DocumentPayment) -> dict[str, Json]:
    return {
        "memo": memo_of(record.external_id, payment.key),
        "direction": "outbound",
        "method": payment.method,
        "currency": record.currency,
        "amount": f"{payment.amount:f}",
        "date": payment.at.date().isoformat(),
    }


def _step(
    found: FoundDocument,
    action: str,
    values: dict[str, Json],
    *,
    key: str | None = None,
    repeatable: bool = True,
) -> Step:
    payload: dict[str, Json] = {"action": action, "credit": int(found.sink_key), **values}
    return Step(key=key or action, kind=StepKind.ADVANCE, payload=payload, repeatable=repeatable)


def _gone(record: CreditDocument, what: str) -> Reason:
    return Reason(
        code="refund.no_document",
        sentence=f"The document of {record.order_reference} {what}, so its refund can't be booked on it.",
        verdict=Verdict.LOOK_FIRST,
    )
