"""Shipments of an ERP in memory, and a way to Shopify's fulfillments that loses answers as told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

from app.domain.ids import ExternalId, StoreKey
from app.domain.shipment import FulfillmentDocument, Shipment, ShipmentLine, ShipmentState, Tracking
from app.errors import Reason, Unclear
from app.ports import (
    Change,
    Choice,
    Evidence,
    Found,
    HostField,
    Json,
    Listed,
    Page,
    Recognises,
    Sent,
    Sink,
    Span,
    Step,
)


@dataclass
class FakeShipments:
    """Implements `Source[Shipment]`."""

    shipments: dict[str, Shipment] = field(default_factory=dict)

    def send(self, key: str, order: str, *lines: ShipmentLine, **changes: Any) -> Shipment:
        """Goods leave for an order, named by our key on its document."""
        now = datetime.now(UTC)
        made = Shipment(
            key=key,
            number=f"SH-{key}",
            order_external_id=ExternalId(order),
            state=ShipmentState.SENT,
            lines=lines,
            tracking=Tracking(numbers=(f"TRACK{key}",), carrier="DHL"),
            warehouse=None,
            shipped_at=now,
            updated_at=now,
        )
        self.shipments[key] = replace(made, **changes)
        return self.shipments[key]

    def change(self, key: str, **changes: Any) -> Shipment:
        self.shipments[key] = replace(self.shipments[key], updated_at=datetime.now(UTC), **changes)
        return self.shipments[key]

    async def get(self, key: str) -> Shipment | None:
        return self.shipments.get(key)

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        since = datetime.fromisoformat(cursor) if cursor else datetime.min.replace(tzinfo=UTC)
        found = sorted(
            (one for one in self.shipments.values() if one.updated_at >= since),
            key=lambda one: one.updated_at,
        )
        if found:
            changed = tuple(Change(key=one.key, version=one.updated_at) for one in found)
            yield Page(items=changed, cursor=found[-1].updated_at.isoformat())

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        found = [one for one in self.shipments.values() if span.since <= one.shipped_at < span.until]
        yield Page(items=tuple(Change(key=one.key, version=one.updated_at) for one in found), cursor="")

    async def cursor_at(self, at: datetime) -> str:
        return at.isoformat()


@dataclass
class LosingFulfillments:
    """A sink of fulfillments whose answers get lost: `after` writes that landed, `before` writes that never arrived."""

    inner: Sink[FulfillmentDocument]
    after: int = 0
    before: int = 0
    looks: int = 0
    sent: list[Step] = field(default_factory=list)
    late: list[Step] = field(default_factory=list)
    between: list[Any] = field(default_factory=list)
    """What happens between a look and the call that stands on it: called once each."""

    async def find(self, record: FulfillmentDocument, *, likely: bool = False) -> Found:
        self.looks += 1
        return await self.inner.find(record, likely=likely)

    def recognise(self, record: FulfillmentDocument, found: Found, sent: Mapping[str, Sent]) -> Found:
        return cast("Recognises[FulfillmentDocument]", self.inner).recognise(record, found, sent)

    def next_step(self, record: FulfillmentDocument, found: Found) -> Step | Reason | None:
        return self.inner.next_step(record, found)

    async def do(self, step: Step) -> Evidence:
        self.sent.append(step)
        if self.between:
            await self.between.pop(0)()
        if self.before:
            self.before -= 1
            self.late.append(step)
            raise Unclear("store.no_answer", "The answer was lost.")
        evidence = await self.inner.do(step)
        if self.after:
            self.after -= 1
            raise Unclear("store.no_answer", "The answer was lost.")
        return evidence

    async def the_late_one_lands(self) -> None:
        await self.inner.do(self.late.pop(0))

    def render(self, record: FulfillmentDocument) -> Mapping[str, Json]:
        return self.inner.render(record)

    def listed(self, span: Span) -> AsyncIterator[Page[Listed]]:
        return self.inner.listed(span)

    def fields(self) -> Sequence[HostField]:
        return ()

    async def choices(self, field: str) -> Sequence[Choice]:
        return ()


def units(item: str, quantity: int, *, line: str | None = None) -> ShipmentLine:
    return ShipmentLine(item=item, quantity=quantity, line_key=StoreKey(line) if line else None)
