"""What was sent in the store, into Odoo: one of the sale's own deliveries is taken for it and validated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.domain.ids import SinkKey
from app.domain.parcel import ShipmentDocument
from app.errors import Bug, Reason, Rejected, Retry
from app.hosts.odoo import taking
from app.hosts.odoo.client import Odoo
from app.hosts.odoo.pickings import LEFT, MOVES, OPEN, PICKINGS, Picking, Pickings
from app.hosts.odoo.reading import Reading
from app.hosts.odoo.refusals import asked_back
from app.hosts.odoo.taking import FoundPickings
from app.hosts.odoo.wire import number
from app.ports import Evidence, Found, Json, Step, Unlisted

_QUIET: Mapping[str, Json] = {"skip_backorder": True, "skip_immediate": True, "skip_sms": True}
"""What Odoo would otherwise ask with windows: a backorder for the rest, everything at once, a message to the buyer."""


class OdooParcels(Unlisted):
    """Implements `Sink[ShipmentDocument]`. A delivery is taken by writing our key into its source document."""

    def __init__(self, odoo: Odoo, reading: Reading, pickings: Pickings) -> None:
        self._odoo, self._reading, self._pickings = odoo, reading, pickings

    async def find(self, record: ShipmentDocument, *, likely: bool = False) -> Found:
        """The order's sale, and every delivery of it."""
        sales = [
            sale for sale in await self._reading.by_key(record.order_external_id) if sale.state != "cancel"
        ]
        if not sales:
            return FoundPickings()
        (basis,) = await self._reading.documents(sales[:1], money=False)
        rows = await self._pickings.rows([["sale_id", "=", sales[0].id]])
        return taking.found_pickings(record, sales[0], rows, basis, followed=await self._pickings.followed())

    def next_step(self, record: ShipmentDocument, found: Found) -> Step | Reason | None:
        return taking.next_step(record, found)

    async def do(self, step: Step) -> Evidence:
        payload: Mapping[str, Any] = step.payload
        match payload["action"]:
            case "claim" | "track" | "release":
                row = await self._write(payload)
            case "send":
                row = await self._send(payload)
            case other:
                raise Bug("step.unknown", f"Nobody wrote a step called {other}.")
        return Evidence(
            sink_key=SinkKey(str(row.id)),
            number=row.name,
            request=step.payload,
            response={"id": row.id, "state": row.state},
        )

    async def _write(self, payload: Mapping[str, Any]) -> Picking:
        """Only where the source document is what it was when this was decided; a repeat finds its own words."""
        row = await self._row(payload["picking"])
        values: dict[str, Json] = {"origin": payload["origin"]}
        if "carrier_tracking_ref" in payload:
            values["carrier_tracking_ref"] = payload["carrier_tracking_ref"]
        if row.origin == payload["origin"]:
            return row
        if (row.origin or "") != payload["before"] or (
            payload["action"] == "claim" and row.state not in OPEN
        ):
            raise Retry(
                "document.changed_meanwhile",
                "Someone changed the delivery meanwhile; nothing was written.",
                after=timedelta(seconds=1),
            )
        await self._odoo.write(PICKINGS, [row.id], values)
        return await self._row(row.id)

    async def _send(self, payload: Mapping[str, Any]) -> Picking:
        """Says what of each move is in the parcel, then validates: what is left waits in a delivery of its own."""
        row = await self._row(payload["picking"])
        if row.state == LEFT:
            return row
        if row.state == "draft":
            await self._odoo.press(PICKINGS, "action_confirm", [row.id])
        taken = await self._pickings.taken()
        picked = await self._odoo.has(MOVES, "picked")
        wanted = {int(move): Decimal(units) for move, units in payload["moves"]}
        changes: list[Json] = []
        for move in row.moves:
            if move.state in (LEFT, "cancel"):
                continue
            units = wanted.get(move.id, Decimal(0))
            told: dict[str, Json] = {taken: number(units)}
            if picked:
                told["picked"] = units > 0
            changes.append([1, move.id, told])
        await self._odoo.write(PICKINGS, [row.id], {await self._pickings.moves(): changes})
        try:
            answer = await self._odoo.press(PICKINGS, "button_validate", [row.id], context=_QUIET)
        except Rejected:
            after = await self._row(row.id)
            if after.state != LEFT:
                raise
            return after
        after = await self._row(row.id)
        if answer is not True and after.state != LEFT:
            raise asked_back()
        return after

    async def _row(self, picking: int) -> Picking:
        rows = await self._pickings.rows([["id", "=", picking]])
        if not rows:
            raise Rejected(
                "document.removed_in_erp", "A delivery was removed in Odoo while it was worked on."
            )
        return rows[0]

    def render(self, record: ShipmentDocument) -> Mapping[str, Json]:
        """Which delivery it will be is only known when they are read."""
        lines: list[Json] = [{"item": line.item, "quantity": line.quantity} for line in record.lines]
        return {
            "action": "claim",
            "reference": record.external_id,
            "lines": lines,
            "numbers": list(record.tracking.numbers),
        }
