"""Decides the first thing still missing of an order in Odoo; pure, from what was found there."""

from __future__ import annotations

from decimal import Decimal

from app.domain.adoption import Surplus, choose, outdated
from app.domain.document import DocumentKind, DocumentPayment, FoundDocument, SalesDocument
from app.domain.edits import after_edit, too_late
from app.domain.totals import Rounding, judge_payments, judge_total
from app.errors import Reason
from app.hosts.odoo.payload import new_sale, rows
from app.hosts.odoo.stage import NEAR, STATES, Stage, memo_of, read_stage
from app.hosts.odoo.wire import instant, moment
from app.ports import Found, Json, Step, StepKind

INVOICED = frozenset({DocumentKind.INVOICED_ORDER, DocumentKind.CASH_SALE})
"""Odoo's sale, invoiced and paid at once, still ships; it stands for the cash sale too."""


def next_step(record: SalesDocument, found: Found) -> Step | Reason | None:
    chosen = choose(record, found.documents, earlier=record.earlier)
    match chosen:
        case None:
            return create(record)
        case Reason():
            return chosen
        case Surplus(document=document):
            # A second quotation of ours: nothing keeps our key unique in Odoo.
            key = f"discard:{document.sink_key}"
            payload: dict[str, Json] = {"action": "discard", "sale": int(document.sink_key)}
            return Step(key=key, kind=StepKind.DISCARD, payload=payload, repeatable=True)
        case FoundDocument():
            return _onward(record, chosen, read_stage(chosen))


def create(record: SalesDocument) -> Step:
    return Step(key="create", kind=StepKind.CREATE, payload=new_sale(record))


def _onward(record: SalesDocument, found: FoundDocument, stage: Stage) -> Step | Reason | None:
    if strange := unnamed(found, stage):
        return strange
    if outdated(record, found, record.earlier):
        return _edit(record, found, stage)
    verdict = judge_total(record, found, computes_tax=True)
    if isinstance(verdict, Reason):
        return _explained(verdict, stage)
    if isinstance(verdict, Rounding):
        return _rounding(record, found, stage, verdict)
    if stage.draft:
        return _confirm(record, found, stage)
    if abs(moment(stage.ordered_at) - record.ordered_at) > NEAR:
        return advance(found, "date", {"ordered_at": instant(record.ordered_at)})
    return _money(record, found, stage)


def _confirm(record: SalesDocument, found: FoundDocument, stage: Stage) -> Step:
    """`whole`: what there is once nothing is missing after it, so that nobody has to look again."""
    at_last = record.kind not in INVOICED and _money(record, found, stage) is None
    whole: Json = (
        {"number": found.number, "key": found.external_id, "address": found.address} if at_last else None
    )
    return advance(found, "confirm", {"ordered_at": instant(record.ordered_at), "whole": whole})


def _edit(record: SalesDocument, found: FoundDocument, stage: Stage) -> Step | Reason:
    """Odoo changes a quotation; what is confirmed has its delivery already, which does not shrink with it."""
    if not stage.draft:
        return too_late(record, found)
    before: list[Json] = [[e.item, f"{e.quantity:f}", f"{e.net or 0:f}"] for e in found.lines or ()]
    return advance(found, "edit", {"lines": rows(record), "before": before}, key=f"edit:{record.edit}")


def _rounding(record: SalesDocument, found: FoundDocument, stage: Stage, rounding: Rounding) -> Step | Reason:
    if not stage.draft:
        return hold(
            "total.differs",
            f"{found.number or found.sink_key} differs from {record.reference} by {rounding.amount:f} "
            f"{record.currency} and is no quotation any more.",
            found,
        )
    # Nothing of Odoo's keeps a line from being added twice: one that comes late is waited for.
    row = rounding_row(len(record.lines) + 1, rounding)
    return advance(found, "round", row, key=after_edit("round", record.edit), repeatable=False)


def rounding_row(place: int, rounding: Rounding) -> dict[str, Json]:
    return {
        "place": place,
        "item": rounding.item,
        "title": "Rounding",
        "quantity": "1",
        "price": f"{rounding.amount:f}",
        "taxes": [],
    }


def _money(record: SalesDocument, found: FoundDocument, stage: Stage) -> Step | Reason | None:
    """Payments one after the other; the invoice when the money is there, which then finds its payments.

    An order with a deposit is invoiced once it is shipped.
    """
    for payment in record.payments:
        if payment.amount > 0 and payment.key not in stage.payments:
            values = as_paid(record.external_id, record.currency, payment)
            return advance(found, "pay", values, key=f"payment:{payment.key}", repeatable=False)
    shipped = record.kind is DocumentKind.ORDER_WITH_DEPOSIT and found.shipped
    at_once = record.kind in INVOICED and record.fully_paid
    if stage.invoiced or not (at_once or shipped):
        return judge_payments(record, found)
    if stage.called_off:
        number = found.number or found.sink_key
        return hold("invoice.missing_in_erp", f"The invoice of {number} was cancelled in Odoo.", found)
    if not stage.billable and not stage.invoices:
        # Its products are billed by what was delivered: Odoo has not all of it to invoice until then.
        return _never_whole(found) if stage.partly and found.shipped else judge_payments(record, found)
    memos: list[Json] = [memo_of(record.external_id, payment.key) for payment in record.payments]
    return advance(found, "invoice", {"memos": memos, "total": f"{found.total or Decimal(0):f}"})


def _never_whole(found: FoundDocument) -> Reason:
    number = found.number or found.sink_key
    sentence = (
        f"All goods of {number} have left, and Odoo has only a part of it to invoice: a service among it, its shipping perhaps, "
        "is billed by delivered quantities. Invoice it in Odoo, or have such services billed as ordered, and retry."
    )
    return hold("total.differs", sentence, found)


def as_paid(document: str, currency: str, payment: DocumentPayment) -> dict[str, Json]:
    return {
        "memo": memo_of(document, payment.key),
        "direction": "inbound",
        "method": payment.method,
        "currency": currency,
        "amount": f"{payment.amount:f}",
        "date": payment.at.date().isoformat(),
    }


def advance(
    found: FoundDocument,
    action: str,
    values: dict[str, Json],
    *,
    key: str | None = None,
    repeatable: bool = True,
) -> Step:
    """Twice is once: each looks first at how far the sale is."""
    payload: dict[str, Json] = {"action": action, "sale": int(found.sink_key), **values}
    return Step(key=key or action, kind=StepKind.ADVANCE, payload=payload, repeatable=repeatable)


def unnamed(found: FoundDocument, stage: Stage) -> Reason | None:
    """A sale in a state that is none of Odoo's own mostly waits for an approval: neither a quotation nor confirmed."""
    if stage.sale in STATES:
        return None
    number = found.number or str(found.sink_key)
    return Reason(
        code="document.state_unknown",
        sentence=f"{number} is “{stage.sale}” in Odoo, a state of one of its modules: it is neither a quotation nor confirmed.",
        facts={"number": number, "state": stage.sale},
    )


def hold(code: str, sentence: str, found: FoundDocument) -> Reason:
    return Reason(code=code, sentence=sentence, facts={"number": found.number or found.sink_key})


def _explained(verdict: Reason, stage: Stage) -> Reason:
    """Where Odoo has a fiscal position for this buyer, that is mostly why the taxes are others."""
    if stage.position is None:
        return verdict
    sentence = f"{verdict.sentence} Odoo applied its fiscal position “{stage.position}”."
    facts = {**verdict.facts, "fiscal_position": stage.position}
    return Reason(code=verdict.code, sentence=sentence, verdict=verdict.verdict, facts=facts)
