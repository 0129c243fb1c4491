"""Refunds into the demo ERP: a credit memo, a cash refund, or the cancellation of an order nothing was billed of."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.adoption import Surplus, choose
from app.domain.credit import CreditDocument
from app.domain.document import DocumentState, FoundDocument
from app.domain.totals import Rounding, judge_payments, judge_total
from app.errors import Reason, Verdict
from app.hosts.memory.body import new_credit
from app.hosts.memory.register import (
    UNCONFIRMED,
    Calls,
    Register,
    advance,
    as_found,
    discard,
    payment,
    rounding_line,
    standing,
)
from app.ports import Fence, Found, Json, Step, StepKind


class CreditSink(Register):
    """Implements `Sink[CreditDocument]`."""

    def __init__(self, calls: Calls, *, fence: Fence, computes_tax: bool) -> None:
        super().__init__(calls, types=("credit_memo", "cash_refund"))
        self._fence = fence
        self._computes_tax = computes_tax

    async def find(self, record: CreditDocument, *, likely: bool = False) -> Found:
        ours = await self.search({"external_id": record.external_id})
        orders = await self.search({"external_id": record.order_external_id})
        doubles = await self.search({"reference": record.reference}) if likely else []
        strangers = [d for d in doubles if d.external_id != record.external_id and d.status != "cancelled"]
        return Found(
            documents=tuple(map(as_found, ours)),
            likely=tuple(map(as_found, strangers)),
            basis=standing([as_found(order) for order in orders]),
        )

    def next_step(self, record: CreditDocument, found: Found) -> Step | Reason | None:
        chosen = choose(record, found.documents, removable=lambda document: document.stage == "open")
        match chosen:
            case None:
                return self._first(record, found.basis)
            case Reason():
                return chosen
            case Surplus(document=document):
                return discard(document)
            case FoundDocument():
                return self._onward(record, chosen)

    def _first(self, record: CreditDocument, order: FoundDocument | None) -> Step | Reason | None:
        """Nothing is credited yet. An order that was neither billed nor paid in part is simply cancelled with its refund."""
        if order is None:
            return _gone(record, "is not in the ERP any more")
        if order.state is DocumentState.CANCELLED:
            return None if record.whole else _gone(record, "was cancelled in the ERP")
        if record.whole and not order.invoiced and not order.payments:
            return advance(order, "cancel-order", "POST", "cancel", {})
        return self._create(record, order)

    def _create(self, record: CreditDocument, order: FoundDocument) -> Step:
        at_once = order.stage == "posted"
        path = f"/v1/documents/{order.sink_key}/{'cash-refunds' if at_once else 'credits'}"
        body = new_credit(record, at_once=at_once, computes_tax=self._computes_tax)
        return Step(
            key="create",
            kind=StepKind.CREATE,
            payload={"method": "POST", "path": path, "body": body},
            repeatable=self._fence is Fence.UNIQUE,
        )

    def _onward(self, record: CreditDocument, found: FoundDocument) -> Step | Reason | None:
        verdict = judge_total(record, found, computes_tax=self._computes_tax)
        match verdict:
            case Reason():
                return verdict
            case Rounding() if found.stage in UNCONFIRMED:
                return advance(found, "rounding", "PUT", "lines", rounding_line(verdict))
            case Rounding(amount=gap):
                return _posted_wrong(record, found, f"{gap:f}")
            case None if found.stage in UNCONFIRMED:
                return advance(found, "post", "POST", "post", {})
            case None:
                owed = [each for each in record.payments if each.key not in found.payments]
                return payment(found, "refund", owed[0]) if owed else judge_payments(record, found)

    def render(self, record: CreditDocument) -> Mapping[str, Json]:
        body = new_credit(record, at_once=False, computes_tax=self._computes_tax)
        return {"method": "POST", "path": "/v1/documents/{order}/credits", "body": body}


def _gone(record: CreditDocument, what: str) -> Reason:
    return Reason(
        code="refund.no_document",
        sentence=f"The document of {record.order_reference} {what}, so its refund can't be booked on it.",
        verdict=Verdict.LOOK_FIRST,
    )


def _posted_wrong(record: CreditDocument, found: FoundDocument, gap: str) -> Reason:
    number = found.number or found.sink_key
    return Reason(
        code="total.differs",
        sentence=f"{number} differs from {record.reference} by {gap} {record.currency} and is already posted.",
        facts={"difference": gap, "currency": record.currency, "number": number},
    )
