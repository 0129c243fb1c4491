"""Orders into the demo ERP: what is there, which step is next, and that step, once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar, cast

import msgspec

from app.domain.adoption import Surplus, choose
from app.domain.document import (
    DocumentKind,
    DocumentPayment,
    DocumentState,
    FoundDocument,
    FoundLine,
    SalesDocument,
)
from app.domain.ids import HostKey
from app.domain.totals import Rounding, judge_total
from app.errors import Bug, Reason
from app.hosts.memory import wire
from app.hosts.memory.body import new_document
from app.outbound import redacted
from app.ports import Choice, Evidence, Fence, Found, HostField, Json, Listed, Page, Span, Step, StepKind

T = TypeVar("T")

_STATES = {
    "draft": DocumentState.DRAFT,
    "open": DocumentState.OPEN,
    "confirmed": DocumentState.OPEN,
    "invoiced": DocumentState.POSTED,
    "posted": DocumentState.POSTED,
    "cancelled": DocumentState.CANCELLED,
}
_UNCONFIRMED = {"draft", "open"}


class Calls(Protocol):
    """What the sink needs of the caller."""

    async def read(self, kind: type[T], path: str, query: Mapping[str, str] | None = None) -> T: ...

    async def write(self, method: str, path: str, body: Json) -> wire.Document | None: ...


class OrderSink:
    """Implements `Sink[SalesDocument]`."""

    def __init__(self, calls: Calls, *, fence: Fence, computes_tax: bool) -> None:
        self._calls = calls
        self._fence = fence
        self._computes_tax = computes_tax

    async def find(self, record: SalesDocument, *, likely: bool = False) -> Found:
        ours = await self._search({"external_id": record.external_id})
        doubles = await self._search({"reference": record.reference}) if likely else []
        kind = record.external_id.split("-")[0] + "-"
        strangers = [
            d for d in doubles if not (d.external_id or "").startswith(kind) and d.status != "cancelled"
        ]
        return Found(documents=tuple(map(_found, ours)), likely=tuple(map(_found, strangers)))

    async def _search(self, query: Mapping[str, str]) -> list[wire.Document]:
        return [document async for page in self._pages(query) for document in page.documents]

    async def _pages(self, query: Mapping[str, str]) -> AsyncIterator[wire.Documents]:
        after = 0
        while True:
            page = await self._calls.read(wire.Documents, "/v1/documents", {**query, "after": str(after)})
            yield page
            if page.next is None or page.next <= after:
                return
            after = page.next

    def next_step(self, record: SalesDocument, found: Found) -> Step | Reason | None:
        chosen = choose(record, found.documents, removable=lambda document: document.stage == "open")
        match chosen:
            case None:
                return self._create(record)
            case Reason():
                return chosen
            case Surplus(document=document):
                return _discard(document)
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
        verdict = judge_total(record, found, computes_tax=self._computes_tax)
        match verdict:
            case Reason():
                return verdict
            case Rounding() if found.stage in _UNCONFIRMED:
                return _advance(found, "rounding", "PUT", "lines", _rounding_line(verdict))
            case Rounding():
                return _too_late(record, found, verdict)
            case None if found.stage in _UNCONFIRMED:
                return _advance(found, "confirm", "POST", "confirm", {})
            case None:
                return _money(record, found)

    async def do(self, step: Step) -> Evidence:
        method, path, body = (step.payload.get(name) for name in ("method", "path", "body"))
        if not isinstance(method, str) or not isinstance(path, str):
            raise Bug("step.unreadable", "A stored step can't be read.", facts={"step": step.key})
        document = await self._calls.write(method, path, body)
        request = cast("Mapping[str, Json]", redacted(dict(step.payload)))
        if document is None:
            return Evidence(request=request, response={"removed": True})
        answer = cast("Mapping[str, Json]", redacted(msgspec.to_builtins(document)))
        return Evidence(
            host_key=HostKey(str(document.id)), number=document.number, request=request, response=answer
        )

    def render(self, record: SalesDocument) -> Mapping[str, Json]:
        return self._create(record).payload

    async def listed(self, span: Span) -> AsyncIterator[Page[Listed]]:
        query = {"from": _instant(span.since), "until": _instant(span.until)}
        async for page in self._pages(query):
            rows = tuple(_listed(document) for document in page.documents if document.external_id)
            yield Page(items=rows, cursor=str(page.documents[-1].id if page.documents else 0))

    def fields(self) -> Sequence[HostField]:
        return (
            HostField(name="item", label="Item", required=True, choices=True),
            HostField(name="tax", label="Tax code", required=True),
            HostField(name="method", label="Payment method", required=True, choices=True),
            HostField(name="location", label="Warehouse"),
            HostField(name="rounding_item", label="Item for rounding differences", choices=True),
            HostField(name="note", label="Note"),
        )

    async def choices(self, field: str) -> Sequence[Choice]:
        if field in {"item", "rounding_item"}:
            found = await self._calls.read(wire.Items, "/v1/items")
            return [Choice(code=item.code, label=item.title) for item in found.items]
        return [Choice(code=code, label=code) for code in _METHODS] if field == "method" else []


_METHODS = ("bank", "card", "cash", "gift_card", "paypal")


def _money(record: SalesDocument, found: FoundDocument) -> Step | None:
    """Deposits while the order isn't paid in full or has some already; the invoice first when it was paid at once."""
    owed = [payment for payment in record.payments if payment.key not in found.payments]
    invoices = record.kind in {DocumentKind.INVOICED_ORDER, DocumentKind.CASH_SALE} and record.fully_paid
    if found.invoiced:
        return _payment(found, "payment", owed[0]) if owed else None
    if invoices and (not owed or not found.payments):
        return _advance(found, "invoice", "POST", "invoice", {})
    return _payment(found, "deposit", owed[0]) if owed else None


def _payment(found: FoundDocument, kind: str, payment: DocumentPayment) -> Step:
    body: dict[str, Json] = {
        "reference": payment.key,
        "method": payment.method,
        "amount": f"{payment.amount:f}",
        "at": payment.at.astimezone(UTC).isoformat(),
    }
    return _advance(found, f"{kind}:{payment.key}", "POST", f"{kind}s", body)


def _discard(found: FoundDocument) -> Step:
    key, path = f"discard:{found.host_key}", f"/v1/documents/{found.host_key}"
    if found.state is DocumentState.DRAFT:
        return _step(key, "DELETE", path, None, kind=StepKind.DISCARD)
    return _step(key, "POST", f"{path}/cancel", {}, kind=StepKind.DISCARD)


def _advance(found: FoundDocument, key: str, method: str, action: str, body: Json) -> Step:
    return _step(key, method, f"/v1/documents/{found.host_key}/{action}", body, kind=StepKind.ADVANCE)


def _step(key: str, method: str, path: str, body: Json, *, kind: StepKind) -> Step:
    """Every call but creating is keyed by the server (a line's key, a payment's reference, a state): twice is once."""
    return Step(key=key, kind=kind, payload={"method": method, "path": path, "body": body}, repeatable=True)


def _rounding_line(rounding: Rounding) -> Json:
    return {
        "key": "rounding",
        "item": rounding.item,
        "title": "Rounding",
        "kind": "rounding",
        "quantity": "1",
        "net": f"{rounding.amount:f}",
    }


def _too_late(record: SalesDocument, found: FoundDocument, rounding: Rounding) -> Reason:
    number, gap = found.number or found.host_key, f"{rounding.amount:f}"
    return Reason(
        code="total.differs",
        sentence=f"{number} differs from {record.reference} by {gap} {record.currency} and is already confirmed.",
        facts={"difference": gap, "currency": record.currency, "number": number},
    )


def _found(document: wire.Document) -> FoundDocument:
    return FoundDocument(
        host_key=HostKey(str(document.id)),
        number=document.number,
        external_id=document.external_id,
        state=_STATES.get(document.status, DocumentState.POSTED),
        total=document.total,
        tax_total=document.tax_total,
        currency=document.currency,
        payments=frozenset(payment.reference for payment in document.payments),
        invoiced=document.status in {"invoiced", "posted"},
        stage=document.status,
        lines=tuple(
            FoundLine(item=line.item, quantity=line.quantity, net=line.net) for line in document.lines
        ),
    )


def _listed(document: wire.Document) -> Listed:
    return Listed(
        host_key=HostKey(str(document.id)),
        external_id=document.external_id,
        number=document.number,
        total=document.total,
        currency=document.currency,
        state=_STATES.get(document.status, DocumentState.POSTED),
    )


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
