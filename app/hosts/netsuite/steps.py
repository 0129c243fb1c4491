"""Decides the first thing still missing of an order in NetSuite; pure, from what was found there."""

from __future__ import annotations

from decimal import Decimal

from app.domain.adoption import Surplus, choose, outdated
from app.domain.document import DocumentKind, DocumentPayment, FoundDocument, SalesDocument
from app.domain.edits import after_edit, too_late
from app.domain.totals import Rounding, judge_payments, judge_total
from app.errors import Reason
from app.hosts.netsuite.documents import CASH_SALE, ORDER, Stage, stage_of
from app.hosts.netsuite.payload import (
    folded,
    invoice_key,
    new_order,
    paid_at_once,
    payment_key,
    rounding_row,
    rows,
)
from app.ports import Found, Json, Step, StepKind

_INVOICED = frozenset({DocumentKind.INVOICED_ORDER, DocumentKind.CASH_SALE})
_CHANGEABLE = frozenset({"A", "B"})


def next_step(given: SalesDocument, found: Found) -> Step | Reason | None:
    record = folded(given)
    chosen = choose(record, found.documents, earlier=record.earlier)
    match chosen:
        case None:
            return create(given)
        case Reason():
            return chosen
        case Surplus(document=document):
            return hold(
                "document.duplicate_in_erp",
                f"NetSuite has more than one document for {record.reference}.",
                document,
            )
        case FoundDocument():
            return _onward(record, chosen, stage_of(chosen))


def create(given: SalesDocument) -> Step:
    """An external id is unique among an account's transactions, so that the same request twice makes one."""
    record = folded(given)
    cash = record.kind is DocumentKind.CASH_SALE and paid_at_once(record)
    return Step(key="create", kind=StepKind.CREATE, payload=new_order(record, cash=cash), repeatable=True)


def _onward(record: SalesDocument, found: FoundDocument, stage: Stage) -> Step | Reason | None:
    if outdated(record, found, record.earlier):
        return _edit(record, found, stage)
    verdict = judge_total(record, found, computes_tax=True)
    match verdict:
        case Reason():
            return verdict
        case Rounding():
            return _rounding(record, found, stage, verdict)
        case None:
            return _billed_otherwise(record, found, stage) or _money(record, found, stage)


def _edit(record: SalesDocument, found: FoundDocument, stage: Stage) -> Step | Reason:
    """An order takes other lines as long as nothing of it was sent or billed."""
    if not _untouched(found, stage):
        return too_late(record, found)
    return replaced(found, stage, rows(record.lines), key=f"edit:{record.edit}")


def _rounding(record: SalesDocument, found: FoundDocument, stage: Stage, rounding: Rounding) -> Step | Reason:
    if not (_untouched(found, stage) or stage.type == CASH_SALE):
        gap = f"{rounding.amount:f}"
        return Reason(
            code="total.differs",
            sentence=f"{found.number or found.sink_key} differs from {record.reference} by {gap} {record.currency}"
            " and was sent or billed already.",
            facts={"difference": gap, "currency": record.currency},
        )
    item = record.rounding_item or rounding.item
    lines = [*rows(record.lines), rounding_row(item, rounding.amount)]
    return replaced(found, stage, lines, key=after_edit("rounding", record.edit))


def _untouched(found: FoundDocument, stage: Stage) -> bool:
    begun = any(Decimal(line.shipped) or Decimal(line.billed) for line in stage.lines)
    return stage.type == ORDER and stage.status in _CHANGEABLE and not begun and not found.invoiced


def replaced(found: FoundDocument, stage: Stage, lines: list[Json], *, key: str) -> Step:
    """All lines at once, in place of those that were looked at: a single line would be added again by a repeat."""
    return advance(
        found, "replace", {"type": stage.type, "revision": found.revision, "lines": lines}, key=key
    )


def _billed_otherwise(record: SalesDocument, found: FoundDocument, stage: Stage) -> Reason | None:
    """An invoice that NetSuite made of the order may come to another amount."""
    if stage.invoice_total is None or Decimal(stage.invoice_total) == record.total:
        return None
    gap = Decimal(stage.invoice_total) - record.total
    return Reason(
        code="total.differs",
        sentence=f"The invoice of {found.number or found.sink_key} comes to {stage.invoice_total} {record.currency} instead of"
        f" {record.total:f}, which {record.reference} comes to in the store.",
        facts={"difference": f"{gap:f}", "currency": record.currency},
    )


def _money(record: SalesDocument, found: FoundDocument, stage: Stage) -> Step | Reason | None:
    """Deposits while the order isn't paid in full or has some already; the invoice first when it was paid at once.

    An order with deposits is invoiced once it is shipped, under the day of that. NetSuite itself applies an order's deposits
    to its invoice.
    """
    owed = [each for each in record.payments if each.amount > 0 and each.key not in found.payments]
    if stage.type == CASH_SALE:
        if not owed:
            return judge_payments(record, found)
        whole = Decimal(stage.held) >= (found.total or record.total)
        return _pay(record, found, stage, owed[0]) if whole else hold_payment(record, found, owed[0])
    invoices = record.kind in _INVOICED and record.fully_paid
    if found.invoiced:
        return _pay(record, found, stage, owed[0]) if owed else judge_payments(record, found)
    shipped = record.kind is DocumentKind.ORDER_WITH_DEPOSIT and found.shipped and not owed
    if shipped or (invoices and (not owed or not found.payments)):
        values: dict[str, Json] = {
            "external_id": invoice_key(record.external_id),
            "date": None if shipped else _paid_on(record),
        }
        return advance(found, "invoice", values)
    return _deposit(record, found, stage, owed[0]) if owed else judge_payments(record, found)


def _paid_on(record: SalesDocument) -> str:
    """The day on which the last of its money came, never before it was ordered."""
    return max([record.ordered_at, *(each.at for each in record.payments)]).date().isoformat()


def _deposit(record: SalesDocument, found: FoundDocument, stage: Stage, payment: DocumentPayment) -> Step:
    values = {"order": found.sink_key, **_as_paid(record, stage, payment)}
    return advance(found, "deposit", values, key=f"deposit:{payment.key}")


def _pay(
    record: SalesDocument, found: FoundDocument, stage: Stage, payment: DocumentPayment
) -> Step | Reason:
    if not stage.invoice and stage.type != CASH_SALE:
        number = found.number or found.sink_key
        return hold(
            "invoice.missing_in_erp",
            f"{number} is billed in NetSuite, but its invoice can't be found.",
            found,
        )
    values = {
        "invoice": stage.invoice,
        "applied": f"{_applied(found, stage, payment):f}",
        **_as_paid(record, stage, payment),
    }
    return advance(found, "payment", values, key=f"payment:{payment.key}")


def _applied(found: FoundDocument, stage: Stage, payment: DocumentPayment) -> Decimal:
    """What an invoice takes of a payment beside those under our keys: the rest pays for goods that were given in exchange, or

    waits to be given back. Where somebody booked it by hand already, NetSuite refuses it, and a person has to look.
    """
    if stage.type == CASH_SALE:
        return Decimal(0)
    if stage.invoice_total is None:
        return payment.amount
    left = Decimal(stage.invoice_total) - sum(found.amounts.values(), start=Decimal(0))
    return min(payment.amount, max(left, Decimal(0)))


def _as_paid(record: SalesDocument, stage: Stage, payment: DocumentPayment) -> dict[str, Json]:
    return {
        "external_id": payment_key(record.external_id, payment.key),
        "customer": stage.entity,
        "method": payment.method,
        "currency": record.currency,
        "amount": f"{payment.amount:f}",
        "date": payment.at.date().isoformat(),
    }


def advance(found: FoundDocument, action: str, values: dict[str, Json], *, key: str | None = None) -> Step:
    """Twice is once: what is made has an external id. Lines have none: those of an edit that commits late would stand in

    place of the next edit's, so nothing follows one that is unclear until it can't commit any more.
    """
    payload: dict[str, Json] = {"action": action, "document": found.sink_key, **values}
    return Step(key=key or action, kind=StepKind.ADVANCE, payload=payload, repeatable=action != "replace")


def hold(code: str, sentence: str, found: FoundDocument) -> Reason:
    return Reason(code=code, sentence=sentence, facts={"number": found.number or found.sink_key})


def hold_payment(record: SalesDocument, found: FoundDocument, payment: DocumentPayment) -> Reason:
    """A cash sale is final: money of its own that a person took out of its memo has no other place. What came later is a

    payment on the customer's account.
    """
    return hold(
        "payment.not_in_cash_sale",
        f"{found.number or found.sink_key} is a cash sale, which takes no further payment of {record.reference}"
        f" ({payment.amount:f} {record.currency}).",
        found,
    )
