"""Decides the first thing still missing of an order in Business Central; pure, from what was found there."""

from __future__ import annotations

from app.domain.adoption import Surplus, choose, outdated
from app.domain.document import DocumentKind, DocumentPayment, DocumentState, FoundDocument, SalesDocument
from app.domain.edits import after_edit, too_late
from app.domain.totals import Rounding, judge_payments, judge_total
from app.errors import Reason, Verdict
from app.hosts.businesscentral import keys
from app.hosts.businesscentral.payload import GAP, new_order, rows
from app.hosts.businesscentral.stage import Stage, stage_of
from app.ports import Found, Json, Step, StepKind

INVOICED = frozenset({DocumentKind.INVOICED_ORDER, DocumentKind.CASH_SALE})
"""Business Central has no sale without an order and an invoice; an order that is posted at once stands for it."""


def next_step(record: SalesDocument, found: Found) -> Step | Reason | None:
    problem = inexpressible(record)
    if problem is not None:
        return problem
    chosen = choose(record, found.documents, earlier=record.earlier)
    match chosen:
        case None:
            return create(record)
        case Reason():
            return chosen
        case Surplus(document=document):
            return discard(document)
        case FoundDocument():
            return _onward(record, chosen, stage_of(chosen))


def inexpressible(record: SalesDocument) -> Reason | None:
    for line in record.lines:
        if len(line.taxes) > 1:
            return Reason(
                code="tax.several",
                sentence=f"{line.title} of {record.reference} has several taxes; a line of Business Central takes one tax code.",
                verdict=Verdict.NEEDS_MAPPING,
                facts={"taxes": ", ".join(sorted(tax.code for tax in line.taxes))},
            )
    return None


def create(record: SalesDocument) -> Step:
    return Step(key="create", kind=StepKind.CREATE, payload=new_order(record))


def discard(document: FoundDocument) -> Step:
    """A second draft of ours: nothing keeps an external document number unique."""
    payload: dict[str, Json] = {"action": "discard", "order": stage_of(document).order}
    return Step(key=f"discard:{document.sink_key}", kind=StepKind.DISCARD, payload=payload, repeatable=True)


def _onward(record: SalesDocument, found: FoundDocument, stage: Stage) -> Step | Reason | None:
    if outdated(record, found, record.earlier):
        return _edit(record, found, stage)
    verdict = judge_total(record, found, computes_tax=True)
    if isinstance(verdict, Reason):
        return verdict
    if isinstance(verdict, Rounding):
        return _rounding(record, found, stage, verdict)
    if found.state is DocumentState.DRAFT:
        return _confirm(record, stage)
    return _money(record, found, stage)


def _edit(record: SalesDocument, found: FoundDocument, stage: Stage) -> Step | Reason:
    """The lines of an order are changed as long as nothing of it was shipped or invoiced."""
    if not stage.order or stage.touched:
        return too_late(record, found)
    values: dict[str, Json] = {"remove": [*stage.lines], "lines": rows(record)}
    return _advance("edit", stage, values, key=f"edit:{record.edit}")


def _rounding(record: SalesDocument, found: FoundDocument, stage: Stage, rounding: Rounding) -> Step | Reason:
    if not stage.order or stage.touched:
        return Reason(
            code="total.differs",
            sentence=f"{found.number or found.sink_key} differs from {record.reference} by {rounding.amount:f} "
            f"{record.currency} and was posted already.",
            facts={"number": found.number or found.sink_key},
        )
    values: dict[str, Json] = {"lines": [rounding_row(stage.last, rounding)]}
    return _advance("round", stage, values, key=after_edit("round", record.edit))


def rounding_row(last: int, rounding: Rounding) -> dict[str, Json]:
    """Below all others. A price below zero is none: the quantity is."""
    return {
        "place": (last // GAP + 1) * GAP,
        "item": rounding.item,
        "title": "Rounding",
        "quantity": "1" if rounding.amount > 0 else "-1",
        "price": f"{abs(rounding.amount):f}",
        "tax": None,
        "location": None,
    }


def _confirm(record: SalesDocument, stage: Stage) -> Step:
    """`whole`: nothing is missing afterwards, so that nobody has to look again."""
    values: dict[str, Json] = {
        "number": stage.number.removesuffix(keys.DRAFT),
        "whole": not _pays(record) and not _invoices(record),
    }
    return _advance("confirm", stage, values)


def _pays(record: SalesDocument) -> bool:
    return any(payment.amount > 0 for payment in record.payments)


def _invoices(record: SalesDocument) -> bool:
    return record.kind in INVOICED and record.fully_paid


def _money(record: SalesDocument, found: FoundDocument, stage: Stage) -> Step | Reason | None:
    """The invoice when the money is there, and then the payments against it. An order with a deposit is invoiced once it

    is shipped; its payments wait in their journal before that.
    """
    shipped = record.kind is DocumentKind.ORDER_WITH_DEPOSIT and found.shipped
    if stage.order and (_invoices(record) or shipped):
        # It posts what is left to ship as well: Business Central's API has nothing that invoices alone.
        return _advance("invoice", stage, {}, repeatable=False)
    for payment in record.payments:
        if payment.amount > 0 and payment.key not in found.payments:
            return _payment(record, stage, payment)
    return judge_payments(record, found)


def _payment(record: SalesDocument, stage: Stage, payment: DocumentPayment) -> Step:
    bills = [bill for bill in stage.bills if bill.status == "Open"]
    values: dict[str, Json] = {
        "customer": stage.customer,
        "number": keys.payment_number(record.external_id, payment.key),
        "external": stage.number,
        "comment": f"{record.external_id}/{payment.key}",
        "title": record.reference,
        "method": payment.method,
        "currency": record.currency,
        "amount": f"{payment.amount:f}",
        "date": payment.at.date().isoformat(),
        "invoice": bills[0].id if len(bills) == 1 else None,
    }
    return _advance("pay", stage, values, key=f"payment:{payment.key}", repeatable=False)


def _advance(
    action: str, stage: Stage, values: dict[str, Json], *, key: str | None = None, repeatable: bool = True
) -> Step:
    """`match`: the mark of the order's state that this was decided on; written over no other."""
    payload: dict[str, Json] = {
        "action": action,
        "order": stage.order,
        "match": stage.etag,
        "number": stage.number,
        **values,
    }
    return Step(key=key or action, kind=StepKind.ADVANCE, payload=payload, repeatable=repeatable)
