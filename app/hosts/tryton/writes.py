"""Carries out one step in Tryton: turns its codes into record numbers, sends it, and judges by the state read back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from app.errors import Bug, Rejected
from app.hosts.tryton import parties
from app.hosts.tryton.client import Tryton
from app.hosts.tryton.directory import Directory
from app.hosts.tryton.records import SALE_FIELDS, Sale, Stateful
from app.hosts.tryton.wire import day, linked, made, number, quantity
from app.ports import Json

_SALE, _PAYMENT, _INVOICE = "sale.sale", "account.payment", "account.invoice"
_AFTER_DRAFT = ("quotation", "confirmed", "processing", "done")
_AFTER_QUOTATION = _AFTER_DRAFT[1:]

# A step's payload comes back from its row as plain JSON; each action below knows what it put into it.
Payload = Mapping[str, Any]


class Writes:
    """One method per action of a step; each may be repeated and leaves what one leaves."""

    def __init__(self, tryton: Tryton, directory: Directory) -> None:
        self._tryton = tryton
        self._directory = directory

    async def carry_out(self, payload: Payload) -> Sale:
        """Answers with the sale as it is afterwards."""
        match payload["action"]:
            case "create":
                return await self._create(payload)
            case "round":
                await self._round(payload)
            case "quote":
                await self._press(_SALE, payload["sale"], "quote", _AFTER_DRAFT)
            case "confirm":
                await self._press(_SALE, payload["sale"], "confirm", _AFTER_QUOTATION)
            case "pay":
                await self._pay(payload)
            case "book":
                await self._book(payload["payment"])
            case "invoice":
                await self._press(_INVOICE, payload["invoice"], "post", ("posted", "paid"))
            case other:
                raise Bug("step.unknown", f"Nobody wrote a step called {other}.")
        return await self._sale(payload["sale"])

    async def by_web_id(self, web_id: str) -> list[Sale]:
        shop = await self._tryton.shop()
        domain: Json = [["web_shop", "=", shop.id], ["web_id", "=", web_id]]
        return await self._tryton.find(Sale, _SALE, SALE_FIELDS, domain)

    # --- the sale --------------------------------------------------------------------------------------------------

    async def _create(self, payload: Payload) -> Sale:
        values = await self._values(payload)
        try:
            return await self._tryton.create(Sale, _SALE, values, SALE_FIELDS)
        except Rejected:
            # The database keeps (web_shop, web_id) unique: if that was the refusal, the sale is there.
            if found := await self.by_web_id(payload["web_id"]):
                return found[0]
            raise

    async def _values(self, payload: Payload) -> dict[str, Json]:
        for method in payload["methods"]:
            await self._directory.journal(method, payload["currency"])
        lines = await self._lines(payload["lines"])
        currency = await self._directory.currency(payload["currency"])
        optional: dict[str, Json] = {}
        if payload["warehouse"]:
            optional["warehouse"] = await self._directory.warehouse(payload["warehouse"])
        if payload["carrier"]:
            optional["carrier"] = await self._directory.carrier(payload["carrier"])
        placed = await parties.place(self._tryton, self._directory, payload)
        return {
            "web_shop": (await self._tryton.shop()).id,
            "web_id": payload["web_id"],
            "reference": payload["reference"],
            "sale_date": day(date.fromisoformat(payload["sale_date"])),
            "currency": currency,
            "comment": payload["comment"],
            "party": placed.party,
            "invoice_address": placed.invoice_address,
            "shipment_address": placed.shipment_address,
            "invoice_method": "order",
            "shipment_method": "order",
            # The store's shipping is a line of its own; Tryton would add its own cost beside it.
            "shipment_cost_method": None,
            "lines": made(*lines),
            **optional,
        }

    async def _lines(self, rows: list[Payload]) -> list[dict[str, Json]]:
        items = await self._directory.items(row["item"] for row in rows)
        return [
            {
                "sequence": row["sequence"],
                "product": items[row["item"]].id,
                "unit": uom.id if (uom := items[row["item"]].sale_uom) else None,
                "description": row["description"],
                "quantity": quantity(Decimal(row["quantity"])),
                "unit_price": number(Decimal(row["unit_price"])),
                "taxes": linked([await self._directory.tax(tax) for tax in row["taxes"]]),
            }
            for row in rows
        ]

    async def _round(self, payload: Payload) -> None:
        sale = await self._sale(payload["sale"])
        if sale.state != "draft" or any(line.sequence == payload["sequence"] for line in sale.lines):
            return
        row = {
            "sequence": payload["sequence"],
            "item": payload["item"],
            "description": "Rounding",
            "quantity": "1",
            "unit_price": payload["amount"],
            "taxes": [],
        }
        await self._write_sale(sale, {"lines": made(*await self._lines([row]))})

    # --- money -----------------------------------------------------------------------------------------------------

    async def _pay(self, payload: Payload) -> None:
        sale = await self._sale(payload["sale"])
        if any(payment.reference == payload["reference"] for payment in sale.payments):
            return
        values: dict[str, Json] = {
            "journal": await self._directory.journal(payload["method"], payload["currency"]),
            "kind": "receivable",
            "party": sale.party.id,
            "amount": number(Decimal(payload["amount"])),
            "date": day(date.fromisoformat(payload["date"])),
            "reference": payload["reference"],
        }
        open_lines = [
            line.id
            for invoice in sale.invoices
            if invoice.state == "posted"
            for line in invoice.lines_to_pay
            if line.reconciliation is None
        ]
        if len(open_lines) == 1:
            # A person posted the invoice before the money came: without this the payment would not find it.
            values["line"] = open_lines[0]
        await self._write_sale(sale, {"payments": made(values)})

    async def _book(self, payment: int) -> None:
        """Submitted, processed, succeeded: after that the money is in the books, on the clearing account."""
        state = await self._state(_PAYMENT, payment)
        if state == "draft":
            state = await self._press(_PAYMENT, payment, "submit", ("submitted", "processing", "succeeded"))
        if state == "submitted":
            await self._tryton.run_wizard("account.payment.process", _PAYMENT, payment)
            state = await self._state(_PAYMENT, payment)
        if state == "processing":
            await self._press(_PAYMENT, payment, "succeed", ("succeeded",))

    # --- calls -----------------------------------------------------------------------------------------------------

    async def _press(self, model: str, record: int, button: str, reached: Collection[str]) -> str:
        """Refused is fine where the record is beyond the button already: an earlier press of ours did it."""
        try:
            return (await self._tryton.press(Stateful, model, record, button, ("state",))).state
        except Rejected:
            state = await self._state(model, record)
            if state not in reached:
                raise
            return state

    async def _state(self, model: str, record: int) -> str:
        found = await self._tryton.get(Stateful, model, record, ("state",))
        if found is None:
            raise _gone(model)
        return found.state

    async def _sale(self, record: int) -> Sale:
        found = await self._tryton.get(Sale, _SALE, record, SALE_FIELDS)
        if found is None:
            raise _gone(_SALE)
        return found

    async def _write_sale(self, sale: Sale, values: Mapping[str, Json]) -> None:
        await self._tryton.write_guarded(_SALE, sale.id, sale.timestamp, values)


def _gone(model: str) -> Rejected:
    return Rejected(
        "document.removed_in_erp",
        "A record of this order was removed in Tryton while it was worked on.",
        facts={"model": model},
    )
