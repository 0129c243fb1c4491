"""Orders into the demo ERP: what is there, which step is next, and that step, once."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.adoption import Surplus, choose, outdated
from app.domain.document import (
    DocumentKind,
    FoundDocument,
    SalesDocument,
)
from app.domain.edits import after_edit, too_late
from app.domain.totals import Rounding, judge_payments, judge_total
from app.errors import Reason
from app.hosts.memory.body import new_document, revision
from app.hosts.memory.register import (
    UNCONFIRMED,
    Calls,
    Register,
    advance,
    as_found,
    discard,
    payment,
    rounding_line,
)
from app.ports import Fence, Found, Json, Step, StepKind

_CHANGEABLE = UNCONFIRMED | {"confirmed"}


class OrderSink(Register):
    """Implements `Sink[SalesDocument]`."""

    def __init__(self, calls: Calls, *, fence: Fence, computes_tax: bool) -> None:
        super().__init__(calls, types=("sales_order", "cash_sale"))
        self._fence = fence
        self._computes_tax = computes_tax

    async def find(self, record: SalesDocument, *, likely: bool = False) -> Found:
        ours = await self.search({"external_id": record.external_id})
        doubles = await self.search({"reference": record.reference}) if likely else []
        kind = record.external_id.split("-")[0] + "-"
        strangers = [
            d for d in doubles if not (d.external_id or "").startswith(kind) and d.status != "cancelled"
        ]
        return Found(documents=tuple(map(as_found, ours)), likely=tuple(map(as_found, strangers)))

    def next_step(self, record: SalesDocument, found: Found) -> Step | Reason | None:
        chosen = choose(
            record,
            found.documents,
            removable=lambda document: document.stage == "open",
            earlier=record.earlier,
        )
        match chosen:
            case None:
                return self._create(record)
            case Reason():
                return chosen
            case Surplus(document=document):
                return discard(document)
            case FoundDocument():
                return self._onward(record, chosen)

    def _create(self, record: SalesDocument) -> Step:
        at_once = record.kind is DocumentKind.CASH_SALE and record.fully_paid
        body = new_document(record, at_once=at_once, computes_tax=self._computes_tax)
        path = "/v1/cash-sales" if at_once else "/v1/sales-orders"
        fenced = self._fence is Fence.UNIQUE
        return Step(
            key="create",
            kind=StepKind.CREATE,
            payload={"method": "POST", "path": path, "body": body},
            repeatable=fenced,
        )

    def _onward(self, record: SalesDocument, found: FoundDocument) -> Step | Reason | None:
        if outdated(record, found, record.earlier):
            if found.shipped or found.stage not in _CHANGEABLE:
                return too_late(record, found)
            body = revision(record, found, computes_tax=self._computes_tax)
            return advance(found, f"edit:{record.edit}", "PUT", "contents", body)
        verdict = judge_total(record, found, computes_tax=self._computes_tax)
        match verdict:
            case Reason():
                return verdict
            case Rounding() if found.stage in UNCONFIRMED:
                return advance(
                    found, after_edit("rounding", record.edit), "PUT", "lines", rounding_line(verdict)
                )
            case Rounding():
                return _too_late(record, found, verdict)
            case None if found.stage in UNCONFIRMED:
                return advance(found, "confirm", "POST", "confirm", {})
            case None:
                return _money(record, found)

    def render(self, record: SalesDocument) -> Mapping[str, Json]:
        return self._create(record).payload


def _money(record: SalesDocument, found: FoundDocument) -> Step | Reason | None:
    """Deposits while the order isn't paid in full or has some already; the invoice first when it was paid at once.

    An order with deposits is invoiced once it is shipped.
    """
    owed = [payment for payment in record.payments if payment.key not in found.payments]
    invoices = record.kind in {DocumentKind.INVOICED_ORDER, DocumentKind.CASH_SALE} and record.fully_paid
    if found.invoiced:
        return payment(found, "payment", owed[0]) if owed else judge_payments(record, found)
    if record.kind is DocumentKind.ORDER_WITH_DEPOSIT and found.shipped and not owed:
        return advance(found, "invoice", "POST", "invoice", {})
    if invoices and (not owed or not found.payments):
        return advance(found, "invoice", "POST", "invoice", {})
    return payment(found, "deposit", owed[0]) if owed else judge_payments(record, found)


def _too_late(record: SalesDocument, found: FoundDocument, rounding: Rounding) -> Reason:
    number, gap = found.number or found.sink_key, f"{rounding.amount:f}"
    return Reason(
        code="total.differs",
        sentence=f"{number} differs from {record.reference} by {gap} {record.currency} and is already confirmed.",
        facts={"difference": gap, "currency": record.currency, "number": number},
    )
