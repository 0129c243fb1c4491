"""What left Odoo for a store's sales, and how it is followed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from app.domain.ids import ExternalId
from app.domain.listing import Reading, further
from app.domain.shipment import Shipment, ShipmentLine, ShipmentState, Tracking
from app.hosts.odoo.pickings import LEFT, Picking, Pickings, keyed
from app.hosts.odoo.wire import Domain, instant, moment
from app.ports import Change, Page, Span

_PAGE = 100
_PAD = timedelta(minutes=5)
"""A time of change is a transaction's beginning, and it is seen at the transaction's end."""
_TOLD: Domain = [["state", "in", [LEFT, "cancel"]], ["sale_id.client_order_ref", "=like", "order-%"]]


class OdooShipments:
    """Implements `Source[Shipment]`: deliveries to customers, of which each is of one sale."""

    def __init__(self, pickings: Pickings) -> None:
        self._pickings = pickings

    async def get(self, key: str) -> Shipment | None:
        if not (key.isascii() and key.isdigit()):
            return None
        found = await self._pickings.rows([["id", "=", int(key)]])
        if not found or found[0].sale_id is None:
            return None
        before = found[0].backorder_id
        earlier = await self._pickings.rows([["id", "=", before.id]]) if before else []
        return _shipment(found[0], keyed(found[0], earlier))

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        """By `>=`, and some minutes before the cursor: Odoo tells whole seconds of times that it keeps finer."""
        reading = Reading.of(cursor, now=datetime.now(UTC))
        changed: Domain = [["write_date", ">=", instant(reading.since - _PAD)]] if reading.since else []
        over = False
        while not over:
            rows = await self._pickings.rows([*_TOLD, *changed, ["id", ">", reading.after]], most=_PAGE)
            over = len(rows) < _PAGE
            reading = reading.on((moment(row.write_date) for row in rows), after=further(rows, reading.after))
            yield Page(items=tuple(_change(row) for row in rows), cursor=reading.cursor(over=over))

    async def cursor_at(self, at: datetime) -> str:
        return at.astimezone(UTC).isoformat()

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        """Newest first within a page."""
        last = 0
        while True:
            domain: Domain = [
                *_TOLD,
                ["create_date", ">=", instant(span.since)],
                ["create_date", "<", instant(span.until)],
                ["id", ">", last],
            ]
            rows = await self._pickings.rows(domain, most=_PAGE)
            yield Page(items=tuple(_change(row) for row in reversed(rows)), cursor=str(last))
            if len(rows) < _PAGE:
                return
            last = rows[-1].id


def _change(row: Picking) -> Change:
    return Change(key=str(row.id), version=moment(row.write_date))


def _shipment(row: Picking, origin: ExternalId | None) -> Shipment:
    state = ShipmentState.SENT if row.state == LEFT else ShipmentState.PACKED
    return Shipment(
        key=str(row.id),
        number=row.number,
        order_external_id=ExternalId((row.sale_id.client_order_ref if row.sale_id else None) or ""),
        state=ShipmentState.CANCELLED if row.state == "cancel" else state,
        lines=tuple(ShipmentLine(item=item, quantity=units) for item, units in row.goods.items()),
        tracking=tracking_of(row),
        warehouse=row.warehouse,
        shipped_at=moment(row.date_done or row.write_date),
        updated_at=moment(row.write_date),
        origin=origin,
    )


def tracking_of(row: Picking) -> Tracking:
    """Several numbers stand in one field, with commas; the address is told where it is one number's."""
    numbers = tuple(word.strip() for word in (row.carrier_tracking_ref or "").split(",") if word.strip())
    url = row.carrier_tracking_url
    return Tracking(
        numbers=numbers,
        carrier=row.carrier_id.display_name if row.carrier_id else None,
        urls=(url,) if url and url.startswith("http") and len(numbers) == 1 else (),
    )
