"""Turns the codes of a step's payload into the values of Tryton's records; reads only, but for the buyer's party."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from app.hosts.tryton import parties
from app.hosts.tryton.client import Tryton
from app.hosts.tryton.directory import Directory
from app.hosts.tryton.records import Origin, Sale
from app.hosts.tryton.wire import day, linked, made, number, quantity
from app.ports import Json

Payload: TypeAlias = Mapping[str, Any]
"""A step's payload as it comes back from its row; who reads a key knows who wrote it (payload.py, steps.py)."""


async def sale_values(tryton: Tryton, directory: Directory, payload: Payload) -> dict[str, Json]:
    """Every code is looked up before the party is written: an unknown one leaves nothing behind."""
    for method in payload["methods"]:
        await directory.journal(method, payload["currency"])
    currency = await directory.currency(payload["currency"])
    lines = await line_values(directory, payload["lines"])
    optional: dict[str, Json] = {}
    if payload["warehouse"]:
        optional["warehouse"] = await directory.warehouse(payload["warehouse"])
    if payload["carrier"]:
        optional["carrier"] = await directory.carrier(payload["carrier"])
    if await directory.charges_shipping():
        # The store's shipping is a line of its own; Tryton would add its own cost beside it.
        optional["shipment_cost_method"] = None
    placed = await parties.place(tryton, directory, payload)
    return {
        "web_shop": (await tryton.shop()).id,
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
        "lines": made(*lines),
        **optional,
    }


async def return_values(
    tryton: Tryton, directory: Directory, order: Origin, payload: Payload
) -> dict[str, Json]:
    """As Tryton's own wizard writes a return: a sale that names its origin."""
    for method in payload["methods"]:
        await directory.journal(method, payload["currency"])
    lines = await line_values(directory, payload["lines"])
    warehouse = order.warehouse.id if order.warehouse else None
    if payload["warehouse"]:
        warehouse = await directory.warehouse(payload["warehouse"])
    optional: dict[str, Json] = {"warehouse": warehouse} if warehouse else {}
    if await directory.charges_shipping():
        optional["shipment_cost_method"] = None
    return {
        "web_shop": (await tryton.shop()).id,
        "web_id": payload["web_id"],
        "reference": payload["reference"],
        "origin": f"sale.sale,{order.id}",
        "sale_date": day(date.fromisoformat(payload["sale_date"])),
        "currency": await directory.currency(payload["currency"]),
        "comment": payload["comment"],
        "party": order.party.id,
        "invoice_address": order.invoice_address.id if order.invoice_address else None,
        "shipment_address": order.shipment_address.id if order.shipment_address else None,
        "invoice_method": "order",
        "shipment_method": "order",
        "lines": made(*lines),
        **optional,
    }


async def line_values(directory: Directory, rows: Sequence[Payload]) -> list[dict[str, Json]]:
    items = await directory.items(row["item"] for row in rows)
    return [
        {
            "sequence": row["sequence"],
            "product": items[row["item"]].id,
            "unit": uom.id if (uom := items[row["item"]].sale_uom) else None,
            "description": row["description"],
            "quantity": quantity(Decimal(row["quantity"])),
            "unit_price": number(Decimal(row["unit_price"])),
            "taxes": linked([await directory.tax(tax) for tax in row["taxes"]]),
        }
        for row in rows
    ]


async def payment_values(directory: Directory, sale: Sale, payload: Payload) -> dict[str, Json]:
    values: dict[str, Json] = {
        "journal": await directory.journal(payload["method"], payload["currency"]),
        "kind": payload.get("kind", "receivable"),
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
    return values
