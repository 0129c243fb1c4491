"""Decides the first thing still missing of a refund in Tryton; pure, from what was found there."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.domain.adoption import Surplus, choose
from app.domain.credit import CreditDocument
from app.domain.document import DocumentLine, DocumentState, FoundDocument
from app.domain.ids import SinkKey
from app.domain.pieces import parts
from app.domain.totals import Rounding, judge_payments, judge_total
from app.errors import Reason, Verdict
from app.hosts.tryton.payload import PRICE_STEP
from app.hosts.tryton.stage import Stage, read_stage
from app.hosts.tryton.steps import advance, as_paid, hold
from app.ports import Found, Json, Step, StepKind


def next_step(record: CreditDocument, found: Found) -> Step | Reason | None:
    record = _booked(record)
    chosen = choose(record, found.documents)
    match chosen:
        case None:
            return _first(record, found.basis)
        case Reason():
            return chosen
        case Surplus(document=document):
            return hold(
                "document.duplicate_in_erp",
                f"Tryton has more than one return for {record.reference}.",
                document,
            )
        case FoundDocument():
            return _onward(record, chosen, read_stage(chosen), found.basis)


def _first(record: CreditDocument, order: FoundDocument | None) -> Step | Reason | None:
    """A sale that was never confirmed is simply cancelled with all of it; one in work can only be returned."""
    if order is None:
        return _gone(record, "is not in the ERP any more")
    if order.state is DocumentState.CANCELLED:
        return None if record.whole else _gone(record, "was cancelled in the ERP")
    if record.whole and read_stage(order).sale in ("draft", "quotation") and not order.payments:
        return advance(order, "cancel", {}, key="cancel-order")
    if _lost(record) and record.lost_item is None:
        return Reason(
            code="mapping.adjustment_item_missing",
            sentence=f"Goods of {record.reference} do not come back, and no item is mapped for amounts without goods.",
            verdict=Verdict.NEEDS_MAPPING,
            facts={"table": "special", "value": "adjustment"},
        )
    return create(record, order.sink_key)


def create(record: CreditDocument, order: SinkKey) -> Step:
    """A sale of its own, which names the one it is a return of; party and addresses are that one's."""
    payload: dict[str, Json] = {
        "action": "credit",
        "sale": int(order),
        "web_id": record.external_id,
        "reference": record.reference,
        "currency": record.currency,
        "total": f"{record.total:f}",
        "sale_date": record.refunded_at.date().isoformat(),
        "warehouse": next((line.location for line in record.lines if line.location), None),
        "comment": record.note,
        "lines": [row for place, line in enumerate(record.lines, 1) for row in _rows(place, line, record)],
        "methods": [*sorted({each.method for each in record.payments})],
    }
    return Step(key="create", kind=StepKind.CREATE, payload=payload, repeatable=True)


def _rows(place: int, line: DocumentLine, record: CreditDocument) -> list[Json]:
    """What comes back is sold at a negative quantity; what is given in exchange has a positive one."""
    sign = Decimal(1) if line.quantity < 0 else Decimal(-1)
    taxes: list[Json] = [*sorted({tax.code for tax in line.taxes})]
    return [
        {
            "sequence": place,
            "item": line.item,
            "description": line.title,
            "quantity": f"{sign * part.quantity:f}",
            "unit_price": f"{part.unit_price:f}",
            "taxes": taxes,
        }
        for part in parts(abs(line.quantity), line.net * -sign, record.currency, step=PRICE_STEP)
    ]


def _booked(record: CreditDocument) -> CreditDocument:
    """Tryton would put every returned good on a shelf: what does not come back is booked on the item for amounts alone."""
    lines = (
        replace(line, item=record.lost_item) if record.lost_item and not line.moves else line
        for line in record.lines
    )
    return replace(record, lines=tuple(lines))


def _lost(record: CreditDocument) -> bool:
    return any(not line.moves for line in record.lines)


def _onward(
    record: CreditDocument, found: FoundDocument, stage: Stage, order: FoundDocument | None
) -> Step | Reason | None:
    verdict = judge_total(record, found, computes_tax=True)
    if isinstance(verdict, Reason):
        return verdict
    if isinstance(verdict, Rounding):
        if stage.sale != "draft":
            number, gap = found.number or found.sink_key, f"{verdict.amount:f} {record.currency}"
            sentence = f"{number} differs from {record.reference} by {gap} and is no draft any more."
            return hold("total.differs", sentence, found)
        return advance(found, "round", _rounding_row(record, verdict))
    if stage.sale in ("draft", "quotation"):
        return advance(found, "confirm", {})
    return _money(record, found, stage, order)


def _rounding_row(record: CreditDocument, rounding: Rounding) -> dict[str, Json]:
    return {
        "sequence": len(record.lines) + 1,
        "item": rounding.item,
        "description": "Rounding",
        "quantity": "-1",
        "unit_price": f"{rounding.amount:f}",
        "taxes": [],
    }


def _money(
    record: CreditDocument, found: FoundDocument, stage: Stage, order: FoundDocument | None
) -> Step | Reason | None:
    """What went back, then the credit note where the order itself was invoiced."""
    for each in record.payments:
        there = stage.payments.get(each.key)
        if there is not None and there.state == "failed":
            sentence = f"Money returned for {record.reference} was marked as failed in Tryton."
            return hold("payment.failed_in_erp", sentence, found)
        if each.amount > 0 and (there is None or there.state != "succeeded"):
            values: dict[str, Json] = {**as_paid(record.currency, each), "kind": "payable"}
            return advance(found, "pay", values, key=f"refund:{each.key}")
    invoice = stage.open_invoice
    if stage.invoiced or order is None or not order.invoiced or invoice is None:
        return judge_payments(record, found)
    return advance(found, "invoice", {"invoice": invoice.id})


def _gone(record: CreditDocument, what: str) -> Reason:
    return Reason(
        code="refund.no_document",
        sentence=f"The document of {record.order_reference} {what}, so its refund can't be booked on it.",
        verdict=Verdict.LOOK_FIRST,
    )
