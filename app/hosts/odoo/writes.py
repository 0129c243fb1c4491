"""Carries out one step of a sale in Odoo and judges it by the state read back, never by the answer's status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from app.domain.document import DocumentState, FoundDocument
from app.domain.ids import SinkKey
from app.errors import Bug, Rejected, Retry
from app.hosts.odoo.client import Odoo
from app.hosts.odoo.directory import Directory
from app.hosts.odoo.partners import Partners
from app.hosts.odoo.reading import SALES, Reading, evidence_of
from app.hosts.odoo.records import Sale
from app.hosts.odoo.refusals import asked_back
from app.hosts.odoo.settling import Settling
from app.hosts.odoo.stage import CONFIRMED, DRAFTS, NEAR, STATES, joined
from app.hosts.odoo.wire import linked, made, moment, number, replaced
from app.ports import Evidence, Found, Json

Payload: TypeAlias = Mapping[str, Any]
"""A step's payload as it comes back from its row; who reads a key knows who wrote it (payload.py, steps.py)."""


class Writes:
    """One method per action of a step."""

    def __init__(
        self, odoo: Odoo, directory: Directory, partners: Partners, reading: Reading, settling: Settling
    ) -> None:
        self._odoo, self._directory, self._partners = odoo, directory, partners
        self._reading, self._settling = reading, settling

    async def carry_out(self, payload: Payload) -> Evidence:
        """The evidence of what came back; the caller adds the request."""
        match payload["action"]:
            case "create":
                return await self._create(payload)
            case "discard":
                sale = await self._discard(payload["sale"])
            case "edit":
                sale = await self._edit(payload)
            case "round":
                sale = await self._round(payload)
            case "confirm":
                return await self._confirm(payload)
            case "date":
                return await self._date(payload)
            case "cancel":
                sale = await self._cancel(payload["sale"])
            case "pay":
                sale = await self._must(payload["sale"])
                await self._settling.pay(sale.partner_id, sale.invoice_ids, payload)
            case "invoice":
                sale = await self._must(payload["sale"])
                await self._settling.invoice(sale, payload)
            case other:
                raise Bug("step.unknown", f"Nobody wrote a step called {other}.")
        return Evidence(sink_key=SinkKey(str(sale.id)), number=sale.name, response=evidence_of(sale))

    async def _create(self, payload: Payload) -> Evidence:
        """Every code is looked up before the buyer's contact is written: an unknown one leaves nothing behind."""
        for method in payload["methods"]:
            await self._directory.journal(method, payload["currency"])
        values: dict[str, Json] = {
            "client_order_ref": payload["key"],
            "origin": payload["reference"],
            "date_order": payload["ordered_at"],
            "company_id": (await self._odoo.company()).id,
            "order_line": made(*await self.line_values(payload["lines"])),
        }
        pricelist = await self._directory.pricelist(payload["currency"], payload["pricelist"])
        if pricelist is not None:
            values["pricelist_id"] = pricelist
        if payload["warehouse"]:
            values["warehouse_id"] = await self._directory.warehouse(payload["warehouse"])
        if payload["carrier"]:
            values["carrier_id"] = await self._directory.carrier(payload["carrier"])
        if payload["team"]:
            values["team_id"] = await self._directory.team(payload["team"])
        if payload["note"]:
            values["note"] = await self._odoo.text(SALES, "note", payload["note"])
        placed = await self._partners.place(payload)
        values |= {
            "partner_id": placed.partner,
            "partner_invoice_id": placed.invoice,
            "partner_shipping_id": placed.shipping,
        }
        try:
            (made_now,) = await self._odoo.create(SALES, values)
        except Rejected:
            self._partners.forget()
            raise
        return Evidence(sink_key=SinkKey(str(made_now)), response={"id": made_now})

    async def line_values(self, rows: list[Payload]) -> list[dict[str, Json]]:
        items = await self._directory.items(row["item"] for row in rows)
        taxes = await self._odoo.first_of("sale.order.line", "tax_ids", "tax_id")
        return [
            {
                "sequence": row["place"],
                "product_id": items[row["item"]].id,
                "name": row["title"],
                "product_uom_qty": number(Decimal(row["quantity"])),
                "price_unit": number(Decimal(row["price"])),
                "discount": 0,
                taxes: linked([await self._directory.tax(tax) for tax in row["taxes"]]),
            }
            for row in rows
        ]

    async def _discard(self, sale: int) -> Sale:
        """A surplus quotation of ours: called off and without our key, in one write. Salesmen may not remove any."""
        found = await self._must(sale)
        if found.state in DRAFTS:
            await self._odoo.write(SALES, [sale], {"state": "cancel", "client_order_ref": False})
        elif found.client_order_ref is not None and found.state != "cancel":
            raise _changed()
        return found

    async def _edit(self, payload: Payload) -> Sale:
        """Other lines for a quotation that shows what was there when this was decided; anything else came after it."""
        sale = await self._must(payload["sale"])
        found = joined(sale.order_line, sale.currency)
        before = [[e.item, f"{e.quantity:f}", f"{e.net or 0:f}"] for e in found]
        if sale.state not in DRAFTS or _exact(before) != _exact(payload["before"]):
            raise _changed()
        rows = await self.line_values(payload["lines"])
        await self._odoo.write(
            SALES, [sale.id], {"order_line": replaced([line.id for line in sale.order_line], *rows)}
        )
        return sale

    async def _round(self, payload: Payload) -> Sale:
        sale = await self._must(payload["sale"])
        if sale.state in DRAFTS and all(line.sequence != payload["place"] for line in sale.order_line):
            rows = await self.line_values([payload])
            await self._odoo.write(SALES, [sale.id], {"order_line": made(*rows)})
        return sale

    async def _confirm(self, payload: Payload) -> Evidence:
        """Refused is fine where it is confirmed already. Odoo dates the sale to this moment, which is put right at once.

        It answers true once it has done all of it. What is there then is looked at by whoever asks next, and by nobody where
        nothing else is missing: one call less for every order, or two. A module may confirm it and open a window besides
        (event_sale does), and one that knows states of its own may leave it in one of them: then it is looked at.
        """
        sale, plain = payload["sale"], payload.get("whole") and await self._states_are_known()
        try:
            answer = await self._odoo.press(SALES, "action_confirm", [sale])
        except Rejected:
            if (await self._must(sale)).state not in CONFIRMED:
                raise
            plain = False
        else:
            if answer is not True:
                if (await self._must(sale)).state not in CONFIRMED:
                    raise asked_back()
                plain = False
        if abs(moment(payload["ordered_at"]) - datetime.now(UTC)) > NEAR:
            await self._date(payload)
        return replace(_done(payload), whole=_confirmed(payload) if plain else None)

    async def _states_are_known(self) -> bool:
        """Asked once while the connection is open, not for each order."""
        states = await self._odoo.options(SALES, "state")
        return bool(states) and states <= STATES

    async def _date(self, payload: Payload) -> Evidence:
        await self._odoo.write(SALES, [payload["sale"]], {"date_order": payload["ordered_at"]})
        return _done(payload)

    async def _cancel(self, sale: int) -> Sale:
        """Odoo may open a window about a mail to the buyer; told not to, it calls the sale off at once."""
        context: dict[str, Json] = {"disable_cancel_warning": True}
        await self._odoo.press(SALES, "action_cancel", [sale], context=context)
        found = await self._must(sale)
        if found.state != "cancel":
            raise asked_back()
        return found

    async def _must(self, sale: int) -> Sale:
        found = await self._reading.sale(sale)
        if found is None:
            raise Rejected("document.removed_in_erp", "The sale was removed in Odoo while it was worked on.")
        return found


def _done(payload: Payload) -> Evidence:
    return Evidence(
        sink_key=SinkKey(str(payload["sale"])), response={"id": payload["sale"], "done": payload["action"]}
    )


def _confirmed(payload: Payload) -> Found:
    """As it was looked at before, and confirmed since."""
    known: Payload = payload["whole"]
    sale = FoundDocument(
        sink_key=SinkKey(str(payload["sale"])),
        number=known["number"],
        external_id=known["key"],
        state=DocumentState.OPEN,
        total=None,
        tax_total=None,
        currency=None,
        address=known["address"],
    )
    return Found(documents=(sale,))


def _exact(rows: list[list[str]]) -> list[tuple[str, Decimal, Decimal]]:
    """Odoo's quantities come with decimals that ours were sent without."""
    return [(item, Decimal(quantity), Decimal(net)) for item, quantity, net in rows]


def _changed() -> Retry:
    return Retry(
        "document.changed_meanwhile",
        "Someone changed the document meanwhile; nothing was written.",
        after=timedelta(seconds=1),
    )
