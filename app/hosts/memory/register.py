"""What both sinks of the demo ERP share: its documents by key, one step sent, and the steps every document has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar, cast

import msgspec

from app.domain.document import DocumentPayment, DocumentState, FoundDocument, FoundLine
from app.domain.ids import SinkKey
from app.domain.totals import Rounding
from app.errors import Bug
from app.hosts.memory import wire
from app.outbound import redacted
from app.ports import Choice, Evidence, HostField, Json, Listed, Page, Span, Step, StepKind

T = TypeVar("T")

UNCONFIRMED = {"draft", "open"}
_STATES = {
    "draft": DocumentState.DRAFT,
    "open": DocumentState.OPEN,
    "confirmed": DocumentState.OPEN,
    "invoiced": DocumentState.POSTED,
    "posted": DocumentState.POSTED,
    "cancelled": DocumentState.CANCELLED,
}
_METHODS = ("bank", "card", "cash", "gift_card", "paypal")
_FIELDS = (
    HostField(name="item", label="Item", required=True, choices=True),
    HostField(name="tax", label="Tax code", required=True),
    HostField(name="method", label="Payment method", required=True, choices=True),
    HostField(name="location", label="Warehouse"),
    HostField(name="rounding_item", label="Item for rounding differences", choices=True),
    HostField(name="note", label="Note"),
)


class Calls(Protocol):
    """What a sink needs of the caller."""

    async def read(self, kind: type[T], path: str, query: Mapping[str, str] | None = None) -> T: ...

    async def write(self, method: str, path: str, body: Json) -> wire.Document | None: ...


class Register:
    """The ERP's documents of some types: what is the same for every `Sink` of them."""

    def __init__(self, calls: Calls, *, types: Collection[str]) -> None:
        self._calls, self._types = calls, types

    async def search(self, query: Mapping[str, str]) -> list[wire.Document]:
        return [document async for page in self._pages(query) for document in page.documents]

    async def numbered(self, number: str) -> list[FoundDocument]:
        found = await self.search({"number": number.strip().upper()})
        return [as_found(document) for document in found if document.type in self._types]

    async def _pages(self, query: Mapping[str, str]) -> AsyncIterator[wire.Documents]:
        after = 0
        while True:
            page = await self._calls.read(wire.Documents, "/v1/documents", {**query, "after": str(after)})
            yield page
            if page.next is None or page.next <= after:
                return
            after = page.next

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
            sink_key=SinkKey(str(document.id)), number=document.number, request=request, response=answer
        )

    async def listed(self, span: Span) -> AsyncIterator[Page[Listed]]:
        query = {"from": _instant(span.since), "until": _instant(span.until)}
        async for page in self._pages(query):
            ours = [d for d in page.documents if d.external_id and d.type in self._types]
            last = str(page.documents[-1].id if page.documents else 0)
            yield Page(items=tuple(map(_listed, ours)), cursor=last)

    def fields(self) -> tuple[HostField, ...]:
        return _FIELDS

    async def choices(self, field: str) -> list[Choice]:
        if field in {"item", "rounding_item"}:
            known = await self._calls.read(wire.Items, "/v1/items")
            return [Choice(code=item.code, label=item.title) for item in known.items]
        return [Choice(code=code, label=code) for code in _METHODS] if field == "method" else []


# --- steps -----------------------------------------------------------------------------------------------------------


def payment(document: FoundDocument, kind: str, payment: DocumentPayment) -> Step:
    body: dict[str, Json] = {
        "reference": payment.key,
        "method": payment.method,
        "amount": f"{payment.amount:f}",
        "at": payment.at.astimezone(UTC).isoformat(),
    }
    return advance(document, f"{kind}:{payment.key}", "POST", f"{kind}s", body)


def discard(document: FoundDocument) -> Step:
    key, path = f"discard:{document.sink_key}", f"/v1/documents/{document.sink_key}"
    if document.state is DocumentState.DRAFT:
        return _step(key, "DELETE", path, None, kind=StepKind.DISCARD)
    return _step(key, "POST", f"{path}/cancel", {}, kind=StepKind.DISCARD)


def advance(document: FoundDocument, key: str, method: str, action: str, body: Json) -> Step:
    return _step(key, method, f"/v1/documents/{document.sink_key}/{action}", body, kind=StepKind.ADVANCE)


def _step(key: str, method: str, path: str, body: Json, *, kind: StepKind) -> Step:
    """Every call but creating is keyed by the server (a line's key, a payment's reference, a state): twice is once."""
    return Step(key=key, kind=kind, payload={"method": method, "path": path, "body": body}, repeatable=True)


def rounding_line(rounding: Rounding) -> Json:
    return {
        "key": "rounding",
        "item": rounding.item,
        "title": "Rounding",
        "kind": "rounding",
        "quantity": "1",
        "net": f"{rounding.amount:f}",
    }


def as_found(document: wire.Document) -> FoundDocument:
    return FoundDocument(
        sink_key=SinkKey(str(document.id)),
        number=document.number,
        external_id=document.external_id,
        state=_STATES.get(document.status, DocumentState.POSTED),
        total=document.total,
        tax_total=document.tax_total,
        currency=document.currency,
        payments=frozenset(payment.reference for payment in document.payments),
        invoiced=document.status in {"invoiced", "posted"},
        stage=document.status,
        revision=str(document.revision),
        shipped=document.shipped,
        amounts={payment.reference: payment.amount for payment in document.payments},
        lines=tuple(
            FoundLine(item=line.item, quantity=line.quantity, net=line.net) for line in document.lines
        ),
    )


def standing(orders: Sequence[FoundDocument]) -> FoundDocument | None:
    """The order's document; of several the one that is no draft and not cancelled."""
    alive = [d for d in orders if d.state in {DocumentState.OPEN, DocumentState.POSTED}]
    return next(iter([*alive, *orders]), None)


def _listed(document: wire.Document) -> Listed:
    return Listed(
        sink_key=SinkKey(str(document.id)),
        external_id=document.external_id,
        number=document.number,
        total=document.total,
        currency=document.currency,
        state=_STATES.get(document.status, DocumentState.POSTED),
    )


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
