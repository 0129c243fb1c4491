"""What was sent in the store, into Tryton: one of the sale's own customer shipments is taken for it and leaves."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.domain.ids import SinkKey
from app.domain.parcel import ShipmentDocument
from app.errors import Bug, Reason, Rejected, Retry
from app.hosts.tryton import picking
from app.hosts.tryton.client import Tryton
from app.hosts.tryton.orders import TrytonOrders
from app.hosts.tryton.picking import PICK_FIELDS, FoundPicks, PickRow
from app.hosts.tryton.records import Stateful
from app.hosts.tryton.refusals import BAD_REQUEST
from app.hosts.tryton.stage import document_of
from app.hosts.tryton.wire import quantity
from app.hosts.tryton.writes import Writes
from app.ports import Evidence, Found, Json, Step, Unlisted

_MODEL = "stock.shipment.out"
_FOLLOWED = "shipping_reference"
_MOST_BUTTONS = 6


class TrytonParcels(Unlisted):
    """Implements `Sink[ShipmentDocument]`. A shipment is taken by writing our key into its reference."""

    def __init__(self, tryton: Tryton, orders: TrytonOrders, writes: Writes) -> None:
        self._tryton, self._orders, self._writes = tryton, orders, writes
        self._followed: bool | None = None

    async def find(self, record: ShipmentDocument, *, likely: bool = False) -> Found:
        """The order's sale, and every customer shipment that holds goods of it."""
        sales = await self._writes.by_web_id(record.order_external_id)
        if not sales:
            return FoundPicks()
        sale = sales[0]
        rows = await self._rows([["moves.origin.sale.id", "=", sale.id, "sale.line"]])
        basis = document_of(sale, self._orders.address(sale.id))
        return picking.found_picks(record, sale, rows, basis, followed=bool(self._followed))

    def next_step(self, record: ShipmentDocument, found: Found) -> Step | Reason | None:
        return picking.next_step(record, found)

    async def do(self, step: Step) -> Evidence:
        payload: Mapping[str, Any] = step.payload
        match payload["action"]:
            case "claim":
                row = await self._claim(payload)
            case "send":
                row = await self._send(payload["shipment"], picks=payload["picks"])
            case "track":
                row = await self._write(payload, {_FOLLOWED: payload[_FOLLOWED]})
            case "release":
                row = await self._write(payload, {"reference": None})
                await self._press(row, "wait")
            case other:
                raise Bug("step.unknown", f"Nobody wrote a step called {other}.")
        sale = next((move.sale.id for move in row.outgoing_moves if move.sale is not None), 0)
        return Evidence(
            sink_key=SinkKey(picking.key_of(row, sale)),
            number=row.number,
            request=step.payload,
            response={"state": row.state},
        )

    async def _claim(self, payload: Mapping[str, Any]) -> PickRow:
        """What the parcel does not hold is left for the next shipment, which Tryton makes once this one has left."""
        values: dict[str, Json] = {"reference": payload["reference"]}
        if self._followed and _FOLLOWED in payload:
            values[_FOLLOWED] = payload[_FOLLOWED]
        changes = payload["moves"]
        if changes:
            values["moves"] = [
                ["delete", [move]] if not units else ["write", [move], {"quantity": quantity(Decimal(units))}]
                for move, units in changes
            ]
        return await self._write(payload, values)

    async def _send(self, shipment: int, *, picks: bool) -> PickRow:
        """Button by button, each of which works in one state only; a repeat goes on where the last one ended."""
        buttons = {
            "draft": "wait",
            "waiting": "assign_try",
            "assigned": "pick" if picks else "pack",
            "picked": "pack",
            "packed": "do",
            "shipped": "do",
        }
        row = await self._row(shipment)
        for _ in range(_MOST_BUTTONS):
            button = buttons.get(row.state)
            if button is None:
                return row
            after = await self._press(row, button)
            if button == "assign_try" and after.state == "waiting":
                raise _not_on_stock(after)
            row = after
        return row

    async def _press(self, row: PickRow, button: str) -> PickRow:
        """Refused is fine where it is beyond the button already."""
        try:
            await self._tryton.press(Stateful, _MODEL, row.id, button, ("state",))
        except Rejected:
            after = await self._row(row.id)
            if after.state == row.state:
                raise
            return after
        return await self._row(row.id)

    async def _write(self, payload: Mapping[str, Any], values: dict[str, Json]) -> PickRow:
        """Only where the shipment is as it was when it was looked at."""
        await self._tryton.write_guarded(_MODEL, payload["shipment"], payload["timestamp"], values)
        return await self._row(payload["shipment"])

    async def _row(self, shipment: int) -> PickRow:
        rows = await self._rows([["id", "=", shipment]])
        if not rows:
            raise Rejected(
                "document.removed_in_erp", "A shipment was removed in Tryton while it was worked on."
            )
        return rows[0]

    async def _rows(self, domain: list[Json]) -> list[PickRow]:
        if self._followed is not False:
            try:
                found = await self._tryton.find(PickRow, _MODEL, (*PICK_FIELDS, _FOLLOWED), domain)
            except Retry as error:
                if error.code != BAD_REQUEST or self._followed:
                    raise
            else:
                self._followed = True
                return found
        found = await self._tryton.find(PickRow, _MODEL, PICK_FIELDS, domain)
        self._followed = False
        return found

    def render(self, record: ShipmentDocument) -> Mapping[str, Json]:
        """Which shipment it will be is only known when they are read."""
        lines: list[Json] = [{"item": line.item, "quantity": line.quantity} for line in record.lines]
        return {
            "action": "claim",
            "reference": record.external_id,
            "lines": lines,
            "numbers": list(record.tracking.numbers),
        }


def _not_on_stock(row: PickRow) -> Rejected:
    number = row.number or str(row.id)
    return Rejected(
        "parcel.not_on_stock",
        f"Tryton does not have the goods of shipment {number} on stock, so it can't leave there.",
        facts={"number": number},
    )
