"""Sales of a simulated Odoo: numbered, taxed by fiscal position where nobody says otherwise, confirmed, called off, invoiced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.erps.odoo import stock, sums
from sandbox.erps.odoo.tables import Record, Tables
from sandbox.erps.odoo.trouble import UserError


def create(tables: Tables, values: Mapping[str, Any], abroad: int | None) -> int:
    """`abroad`: the fiscal position of buyers in other countries. Taxes that a line names stay; others follow the position."""
    number = tables.create("sale.order", values)
    sale = tables.get("sale.order", number)
    told: dict[str, Any] = {"name": f"S{number:05}"}
    if sale["date_order"] is None:
        told["date_order"] = _now()
    for name in ("partner_invoice_id", "partner_shipping_id"):
        if sale[name] is None:
            told[name] = sale["partner_id"]
    if "fiscal_position_id" not in values:
        told["fiscal_position_id"] = abroad if _abroad(tables, sale) else None
    tables.write("sale.order", number, told)
    _fill(tables, sale, values.get("order_line") or [])
    return number


def written(tables: Tables, number: int, values: Mapping[str, Any]) -> None:
    sale = tables.get("sale.order", number)
    if sale["state"] in ("sale", "done") and "pricelist_id" in values:
        raise UserError("It is not possible to change the pricelist of confirmed orders.")
    tables.write("sale.order", number, values)
    if "order_line" in values:
        _fill(tables, sale, values["order_line"])


def _fill(tables: Tables, sale: Record, commands: Sequence[Any]) -> None:
    """What new lines leave out: their name, price and taxes come from the product."""
    told = [command[2] for command in commands if command and command[0] == 0]
    new = sale["order_line"][len(sale["order_line"]) - len(told) :] if told else []
    taxes = sums.taxes_field(tables)
    for number, values in zip(new, told, strict=True):
        if values.get("display_type"):
            continue
        more: dict[str, Any] = {}
        product = values.get("product_id")
        if product and "name" not in values:
            more["name"] = tables.value("product.product", product, "name", {})
        if product and "price_unit" not in values:
            more["price_unit"] = tables.value("product.product", product, "lst_price", {})
        if taxes not in values and not sale["fiscal_position_id"]:
            first = next(iter(tables.rows["account.tax"]), None)
            more[taxes] = [[6, 0, [first] if first else []]]
        if more:
            tables.write("sale.order.line", number, more)


def _abroad(tables: Tables, sale: Record) -> bool:
    place = tables.get("res.partner", sale["partner_shipping_id"] or sale["partner_id"])
    home = next((n for n, row in tables.rows["res.country"].items() if row["code"] == "DE"), None)
    union = {"AT", "BE", "DE", "ES", "FR", "IT", "LU", "NL"}
    country = place["country_id"]
    if country is None or country == home:
        return False
    return tables.get("res.country", country)["code"] not in union


def confirm(tables: Tables, numbers: Sequence[int]) -> bool:
    """Dated to this moment, whatever was said. Goods get a delivery."""
    for number in numbers:
        sale = tables.get("sale.order", number)
        if sale["state"] not in ("draft", "sent"):
            raise UserError(
                "Some orders are not in a state requiring confirmation."
                if tables.version >= 17
                else "It is not allowed to confirm an order in the following states: done, cancel"
            )
        tables.write("sale.order", number, {"state": "sale", "date_order": _now()})
        wanted = {}
        for each in sale["order_line"]:
            line = tables.get("sale.order.line", each)
            goods = line["product_id"] and _handed_out(tables, line["product_id"])
            if goods and line["product_uom_qty"] > 0:
                wanted[each] = line["product_uom_qty"]
        if wanted:
            stock.deliver(tables, sale, wanted)
    return True


def cancel(tables: Tables, numbers: Sequence[int], context: Mapping[str, Any]) -> Any:
    """A confirmed sale asks first whether the buyer gets a mail, unless it is told not to."""
    for number in numbers:
        sale = tables.get("sale.order", number)
        if sale["state"] == "done":
            raise UserError("You cannot cancel a locked order. Please unlock it first.")
        if sale["state"] != "draft" and not context.get("disable_cancel_warning"):
            return {
                "type": "ir.actions.act_window",
                "name": "Cancel Sales Order",
                "res_model": "sale.order.cancel",
                "target": "new",
            }
        open_ones = [
            each
            for each in sale["picking_ids"]
            if tables.get("stock.picking", each)["state"] not in ("done", "cancel")
        ]
        stock.cancel(tables, open_ones)
        for bill in sums.sale_invoices(tables, sale, {}):
            if tables.get("account.move", bill)["state"] == "draft":
                tables.write("account.move", bill, {"state": "cancel"})
        tables.write("sale.order", number, {"state": "cancel"})
    return True


def invoice(tables: Tables, numbers: Sequence[int], context: Mapping[str, Any]) -> dict[str, Any]:
    """The wizard's button: a draft over what is to be invoiced, and an action that opens it."""
    made: list[int] = []
    for number in numbers:
        wizard = tables.get("sale.advance.payment.inv", number)
        sales = wizard["sale_order_ids"] or list(context.get("active_ids") or ())
        if wizard["advance_payment_method"] != "delivered":
            raise UserError("The value of the down payment amount must be positive.")
        made += [_draft(tables, tables.get("sale.order", each)) for each in sales]
    return {
        "type": "ir.actions.act_window",
        "res_model": "account.move",
        "res_id": made[0] if len(made) == 1 else False,
        "views": [[False, "form"]],
    }


def _draft(tables: Tables, sale: Record) -> int:
    lines = [tables.get("sale.order.line", each) for each in sale["order_line"]]
    due = {
        line["id"]: sums.to_invoice(tables, line, {})
        for line in lines
        if not line["display_type"] and line["product_id"]
    }
    if sale["state"] not in ("sale", "done") or not any(due.values()):
        raise UserError(
            "Cannot create an invoice. No items are available to invoice.\n\nTo resolve this issue, please ensure "
            "that:\n- The products have been delivered before attempting to invoice them."
        )
    taxes = sums.taxes_field(tables)
    rows = [
        [0, 0, {
            "product_id": line["product_id"], "sequence": line["sequence"], "name": line["name"] or "",
            "quantity": float(due[line["id"]]), "price_unit": float(line["price_unit"]),
            "discount": float(line["discount"]), "tax_ids": [[6, 0, list(line[taxes])]], "sale_line_id": line["id"],
        }]
        for line in lines
        if due.get(line["id"])
    ]  # fmt: skip
    return tables.create(
        "account.move",
        {
            "move_type": "out_invoice",
            "partner_id": sale["partner_invoice_id"],
            "currency_id": sums.sale_currency(tables, sale, {}),
            "company_id": sale["company_id"],
            "invoice_origin": sale["name"],
            "ref": sale["client_order_ref"],
            "fiscal_position_id": sale["fiscal_position_id"],
            "invoice_line_ids": rows,
        },
    )


def _handed_out(tables: Tables, product: int) -> bool:
    """A consumable leaves by a delivery as well, though nobody counts it."""
    template = tables.get("product.product", product)["product_tmpl_id"]
    return bool(tables.get("product.template", template)["type"] != "service")


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
