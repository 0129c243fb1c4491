"""The demo ERP's shipments as we read them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.domain.ids import ExternalId, StoreKey
from app.domain.shipment import Shipment, ShipmentLine, ShipmentState, Tracking
from app.errors import Misconfigured, Retry
from app.hosts.memory import wire
from app.ports import Change, Page, Span

if TYPE_CHECKING:
    from app.hosts.memory.adapter import Caller


class MemoryShipments:
    """Implements `Source[Shipment]`. A change is in the next list, so nothing needs to be padded.

    A cursor is the last revision that was listed, or `@` and an instant to begin with.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def get(self, key: str) -> Shipment | None:
        if not key.isdigit():
            return None
        try:
            return _shipment(await self._caller.read(wire.Shipment, f"/v1/shipments/{key}"))
        except Misconfigured:
            return None

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        began = cursor or "0"
        query = {"since": began[1:]} if began.startswith("@") else {"after": began}
        while True:
            page = await self._caller.read(wire.Shipments, "/v1/shipments", query)
            # Documents of the ERP's own trade have no order in any store.
            ours = tuple(_change(one) for one in page.shipments if one.external_id)
            if page.shipments:
                yield Page(items=ours, cursor=str(page.last))
            if not page.more:
                return
            query = {"after": str(page.last)}

    async def cursor_at(self, at: datetime) -> str:
        return f"@{at.astimezone(UTC).isoformat(timespec='microseconds')}"

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        """Newest first."""
        found: list[wire.Shipment] = []
        after = 0
        while True:
            page = await self._caller.read(wire.Shipments, "/v1/shipments", {"after": str(after)})
            found += [
                one
                for one in page.shipments
                if one.external_id and span.since <= _at(one.sent_at) < span.until
            ]
            after = page.last
            if not page.more:
                break
        found.sort(key=lambda one: one.sent_at, reverse=True)
        yield Page(items=tuple(map(_change, found)), cursor="")


def _change(one: wire.Shipment) -> Change:
    return Change(key=str(one.id), version=_at(one.updated_at))


def _shipment(one: wire.Shipment) -> Shipment:
    return Shipment(
        key=str(one.id),
        number=one.number,
        order_external_id=ExternalId(one.external_id or ""),
        state=ShipmentState.SENT if one.state == "sent" else ShipmentState.CANCELLED,
        lines=tuple(
            ShipmentLine(item=line.item, quantity=int(line.quantity), line_key=StoreKey(line.line))
            for line in one.lines
        ),
        tracking=Tracking(numbers=one.track.numbers, carrier=one.track.carrier, urls=one.track.urls),
        warehouse=one.warehouse,
        shipped_at=_at(one.sent_at),
        updated_at=_at(one.updated_at),
        origin=ExternalId(one.key) if one.key else None,
    )


def _at(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as cause:
        raise Retry("answer.unreadable", "A time of the demo ERP can't be read.") from cause
    return at if at.tzinfo else at.replace(tzinfo=UTC)
