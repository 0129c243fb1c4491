"""Decides the first thing still missing of an order in Tryton; pure, from what was found there."""

from __future__ import annotations

from decimal import Decimal

from app.domain.adoption import Surplus, choose, outdated
from app.domain.document import DocumentKind, DocumentPayment, FoundDocument, SalesDocument
from app.domain.edits import after_edit, too_late
from app.domain.totals import Rounding, judge_payments, judge_total
from app.errors import Reason
from app.hosts.tryton.payload import new_sale, rows
from app.hosts.tryton.stage import Stage, read_stage
from app.ports import Found, Json, Step, StepKind

INVOICED = frozenset({DocumentKind.INVOICED_ORDER, DocumentKind.CASH_SALE})
"""Tryton's sale, invoiced and paid at once, still ships; it stands for the cash sale too."""


def next_step(record: SalesDocument, found: Found) -> Step | Reason | None:
    chosen = choose(record, found.documents, earlier=record.earlier)
    match chosen:
        case None:
            return create(record)
        case Reason():
            return chosen
        case Surplus(document=document):
            # (web_shop, web_id) is unique in the database: two mean that the rule was taken out there.
            return hold(
                "document.duplicate_in_erp",
                f"Tryton has more than one sale for {record.reference}.",
                document,
            )
        case FoundDocument():
            return _onward(record, chosen, read_stage(chosen))


def create(record: SalesDocument) -> Step:
    return Step(key="create", kind=StepKind.CREATE, payload=new_sale(record), repeatable=True)


def waits_for_invoice(record: SalesDocument, stage: Stage) -> bool:
    """Whether Tryton has yet to process what was confirmed: its queue does that, at once or after a grace period."""
    return stage.sale == "confirmed" and wants_invoice(record)


def wants_invoice(record: SalesDocument) -> bool:
    return record.kind in INVOICED and record.fully_paid


def _onward(record: SalesDocument, found: FoundDocument, stage: Stage) -> Step | Reason | None:
    if outdated(record, found, record.earlier):
        return _edit(record, found, stage)
    verdict = judge_total(record, found, computes_tax=True)
    if isinstance(verdict, Reason):
        return verdict
    if isinstance(verdict, Rounding):
        return _rounding(record, found, stage, verdict)
    if stage.sale in ("draft", "quotation"):
        return advance(found, "confirm", {})
    return _money(record, found, stage)


def _edit(record: SalesDocument, found: FoundDocument, stage: Stage) -> Step | Reason:
    """Tryton changes a sale until it is confirmed; what is in work has its shipment and its invoice already."""
    if stage.sale not in ("draft", "quotation"):
        return too_late(record, found)
    before: list[Json] = [[e.item, f"{e.quantity:f}", f"{e.net or 0:f}"] for e in found.lines or ()]
    return advance(found, "edit", {"lines": rows(record), "before": before}, key=f"edit:{record.edit}")


def _rounding(record: SalesDocument, found: FoundDocument, stage: Stage, rounding: Rounding) -> Step | Reason:
    if stage.sale != "draft":
        return hold(
            "total.differs",
            f"{found.number or found.sink_key} differs from {record.reference} by {rounding.amount:f} "
            f"{record.currency} and is no draft any more.",
            found,
        )
    row: dict[str, Json] = {
        "sequence": len(record.lines) + 1,
        "item": rounding.item,
        "description": "Rounding",
        "quantity": "1",
        "unit_price": f"{rounding.amount:f}",
        "taxes": [],
    }
    return advance(found, "round", row, key=after_edit("round", record.edit))


def _money(record: SalesDocument, found: FoundDocument, stage: Stage) -> Step | Reason | None:
    """Payments one after the other; the invoice when the money is there, so that it is paid when it is posted.

    An order with a deposit is invoiced once it is shipped.
    """
    for payment in record.payments:
        if payment.amount <= Decimal(0):
            continue
        there = stage.payments.get(payment.key)
        if there is not None and there.state == "failed":
            sentence = f"A payment of {record.reference} was marked as failed in Tryton."
            return hold("payment.failed_in_erp", sentence, found)
        if there is None or there.state != "succeeded":
            return advance(found, "pay", as_paid(record.currency, payment), key=f"payment:{payment.key}")
    shipped = record.kind is DocumentKind.ORDER_WITH_DEPOSIT and found.shipped
    if stage.invoiced or not (wants_invoice(record) or shipped):
        return judge_payments(record, found)
    invoice = stage.open_invoice
    if invoice is None:
        number = found.number or found.sink_key
        return hold("invoice.missing_in_erp", f"The invoice of sale {number} was removed in Tryton.", found)
    return advance(found, "invoice", {"invoice": invoice.id})


def as_paid(currency: str, payment: DocumentPayment) -> dict[str, Json]:
    return {
        "reference": payment.key,
        "method": payment.method,
        "currency": currency,
        "amount": f"{payment.amount:f}",
        "date": payment.at.date().isoformat(),
    }


def advance(found: FoundDocument, action: str, values: dict[str, Json], *, key: str | None = None) -> Step:
    """Twice is once: buttons work in one state only, and what adds something is guarded by the record's timestamp."""
    payload: dict[str, Json] = {"action": action, "sale": int(found.sink_key), **values}
    return Step(key=key or action, kind=StepKind.ADVANCE, payload=payload, repeatable=True)


def hold(code: str, sentence: str, found: FoundDocument) -> Reason:
    return Reason(code=code, sentence=sentence, facts={"number": found.number or found.sink_key})
