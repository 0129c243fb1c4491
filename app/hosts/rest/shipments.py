"""The shipments of any ERP as its connection document says they are read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from app.domain.ids import ExternalId, StoreKey
from app.domain.shipment import Shipment, ShipmentLine, ShipmentState, Tracking
from app.hosts.rest.client import Caller
from app.hosts.rest.description import Shipments
from app.hosts.rest.lists import ChangeList
from app.hosts.rest.rows import Row
from app.ports import Change, Page, Span


class RestShipments:
    """Implements `Source[Shipment]`."""

    def __init__(self, caller: Caller, shipments: Shipments) -> None:
        self._caller, self._shipments = caller, shipments
        self._list = ChangeList(caller, shipments.changes)

    async def get(self, key: str) -> Shipment | None:
        row = await self._caller.one(self._shipments.get, {"key": key})
        if row is None or row.text(self._shipments.fields.order) is None:
            return None
        return shipment(row, self._shipments)

    def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        return self._list.changes(cursor)

    async def cursor_at(self, at: datetime) -> str:
        return await self._list.cursor_at(at)

    def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        return self._list.between(span)


def shipment(row: Row, shipments: Shipments) -> Shipment:
    fields = shipments.fields
    key, origin = row.needed(fields.key), row.text(fields.origin)
    said = row.needed(fields.state)
    # A state that the document does not name has left nobody's house for all we know.
    state = ShipmentState(shipments.states.get(said) or shipments.states.get("*") or "packed")
    lines = fields.lines
    return Shipment(
        key=key,
        number=row.text(fields.number) or key,
        order_external_id=ExternalId(row.text(fields.order) or ""),
        state=state,
        lines=tuple(
            ShipmentLine(
                item=each.needed(lines.item),
                quantity=each.whole(lines.quantity),
                line_key=_line_key(each.text(lines.line_key)),
            )
            for each in row.rows(lines.rows)
        ),
        tracking=Tracking(
            numbers=row.texts(fields.numbers), carrier=row.text(fields.carrier), urls=row.texts(fields.urls)
        ),
        warehouse=row.text(fields.warehouse),
        shipped_at=row.moment(fields.shipped_at),
        updated_at=row.moment(fields.updated_at),
        origin=ExternalId(origin) if origin else None,
    )


def _line_key(text: str | None) -> StoreKey | None:
    return StoreKey(text) if text else None
