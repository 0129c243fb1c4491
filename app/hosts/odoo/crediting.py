"""Carries out one step of a refund in Odoo, and judges it by what is there afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.domain.ids import SinkKey
from app.errors import Bug, Rejected, Retry
from app.hosts.odoo.client import Odoo
from app.hosts.odoo.directory import Directory
from app.hosts.odoo.reading import BILLS, Reading
from app.hosts.odoo.records import BILL_FIELDS, Bill, Commercial, Sale
from app.hosts.odoo.refusals import asked_back
from app.hosts.odoo.settling import Settling
from app.hosts.odoo.wire import Domain, Row, linked, made, money, number
from app.ports import Evidence, Json


class Owed(Bill, frozen=True, kw_only=True):
    """A credit note with whose it is."""

    partner_id: Row | None = None


class Crediting:
    """One method per action of a step; each may be repeated."""

    def __init__(self, odoo: Odoo, directory: Directory, reading: Reading, settling: Settling) -> None:
        self._odoo, self._directory, self._reading, self._settling = odoo, directory, reading, settling

    async def carry_out(self, payload: Mapping[str, Any]) -> Evidence:
        match payload["action"]:
            case "credit":
                credit = await self._create(payload)
                return Evidence(sink_key=SinkKey(str(credit)), response={"id": credit})
            case "discard":
                found = await self._must(payload["credit"])
                if found.state == "draft":
                    await self._odoo.press(BILLS, "unlink", [found.id])
                return _evidence(found)
            case "round":
                await self._round(payload)
            case "post":
                await self._post(payload["credit"])
            case "pay":
                found = await self._must(payload["credit"])
                partner = Commercial(id=found.partner_id.id if found.partner_id else 0)
                payer = await self._odoo.rows(
                    Commercial, "res.partner", [["id", "=", partner.id]], ("commercial_partner_id",)
                )
                await self._settling.pay(payer[0] if payer else partner, [found.id], payload)
            case other:
                raise Bug("step.unknown", f"Nobody wrote a step called {other}.")
        return _evidence(await self._must(payload["credit"]))

    async def _create(self, payload: Mapping[str, Any]) -> int:
        """A draft, to whom the sale's invoice went; no more is given back than was sold."""
        for method in payload["methods"]:
            await self._directory.journal(method, payload["currency"])
        sale = await self._reading.sale(payload["sale"])
        if sale is None:
            raise Rejected("document.removed_in_erp", "The sale was removed in Odoo while it was worked on.")
        rows = [await self._line(row) for row in payload["lines"]]
        await self._refuse_beyond(sale, payload)
        values: dict[str, Json] = {
            "move_type": payload["kind"],
            "partner_id": sale.partner_invoice_id.id,
            "currency_id": sale.currency_id.id,
            "company_id": (await self._odoo.company()).id,
            "ref": payload["key"],
            "invoice_origin": sale.name,
            "invoice_line_ids": made(*rows),
        }
        if payload["note"]:
            values["narration"] = await self._odoo.text(BILLS, "narration", payload["note"])
        posted = [
            bill
            for bill in await self._reading.bills(sale.invoice_ids)
            if bill.move_type == "out_invoice" and bill.state == "posted"
        ]
        if posted and payload["kind"] == "out_refund":
            values["reversed_entry_id"] = posted[0].id
        (number,) = await self._odoo.create(BILLS, values)
        return number

    async def _refuse_beyond(self, sale: Sale, payload: Mapping[str, Any]) -> None:
        """Odoo takes any credit note. An exchange for dearer goods is an invoice, so that there is more to give back."""
        domain: Domain = [
            ["move_type", "in", ["out_refund", "out_invoice"]],
            ["invoice_origin", "=", sale.name],
            ["state", "!=", "cancel"],
            ["ref", "!=", payload["key"]],
        ]
        others = [
            row
            for row in await self._odoo.rows(Bill, BILLS, domain, BILL_FIELDS)
            if row.move_type == "out_refund" or (row.ref or "").startswith("refund-")
        ]
        signed = (row.amount_total if row.move_type == "out_refund" else -row.amount_total for row in others)
        given = sum(signed, Decimal(payload["total"]))
        if given <= sale.amount_total or (rounded := money(given, sale.currency)) is None:
            return
        if rounded <= (money(sale.amount_total, sale.currency) or Decimal(0)):
            return
        if any(row.state == "draft" for row in others):
            # Its rounding is to come yet, so what it takes is not known to the cent.
            raise Retry(
                "document.changed_meanwhile",
                "Another credit note of this order is being made; this one comes after it.",
                after=timedelta(seconds=1),
            )
        raise Rejected(
            "credit.exceeds",
            "More would be given back than was billed.",
            facts={"sold": f"{sale.amount_total:f}", "given": f"{rounded:f}"},
        )

    async def _line(self, row: Mapping[str, Any]) -> dict[str, Json]:
        items = await self._directory.items([row["item"]])
        return {
            "sequence": row["place"],
            "product_id": items[row["item"]].id,
            "name": row["title"],
            "quantity": number(Decimal(row["quantity"])),
            "price_unit": number(Decimal(row["price"])),
            "discount": 0,
            "tax_ids": linked([await self._directory.tax(tax) for tax in row["taxes"]]),
        }

    async def _round(self, payload: Mapping[str, Any]) -> None:
        found = await self._must(payload["credit"])
        there = await self._odoo.rows(
            Row,
            "account.move.line",
            [["move_id", "=", found.id], ["sequence", "=", payload["place"]], ["product_id", "!=", False]],
            ("display_name",),
        )
        if found.state == "draft" and not there:
            await self._odoo.write(BILLS, [found.id], {"invoice_line_ids": made(await self._line(payload))})

    async def _post(self, credit: int) -> None:
        """Refused is fine where it is posted already."""
        try:
            await self._odoo.press(BILLS, "action_post", [credit])
        except Rejected:
            if (await self._must(credit)).state != "posted":
                raise
        else:
            if (await self._must(credit)).state != "posted":
                raise asked_back()

    async def _must(self, credit: int) -> Owed:
        fields = (*BILL_FIELDS, "partner_id")
        found = await self._odoo.rows(Owed, BILLS, [["id", "=", credit]], fields)
        if not found:
            raise Rejected(
                "document.removed_in_erp", "The credit note was removed in Odoo while it was worked on."
            )
        return found[0]


def _evidence(found: Owed) -> Evidence:
    response: dict[str, Json] = {
        "id": found.id,
        "state": found.state,
        "amount_total": f"{found.amount_total:f}",
    }
    return Evidence(sink_key=SinkKey(str(found.id)), number=found.name, response=response)
