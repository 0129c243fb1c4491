"""What a simulated Odoo works out when it is read: totals by each version's way of rounding, stock, and what is owed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Record = dict[str, Any]
Context = Mapping[str, Any]
NOTHING = Decimal(0)
GLOBALLY_SINCE = 19
"""From here on the simulated company rounds its taxes over a document, before that over each line."""


def unit_of(tables: Any, currency: int | None) -> Decimal:
    places = int(tables.get("res.currency", currency)["decimal_places"]) if currency else 2
    return Decimal(1).scaleb(-places)


def rounded(value: Decimal, unit: Decimal) -> Decimal:
    return value.quantize(unit, ROUND_HALF_UP)


def net_of(line: Record, quantity: str, unit: Decimal) -> Decimal:
    full = line[quantity] * line["price_unit"] * (1 - line.get("discount", NOTHING) / 100)
    return rounded(full, unit)


def tax_of(tables: Any, rows: Iterable[tuple[Decimal, list[int]]], unit: Decimal) -> Decimal:
    """`rows`: net amounts with their taxes."""
    raw: dict[int, Decimal] = defaultdict(lambda: NOTHING)
    for net, taxes in rows:
        for tax in taxes:
            part = net * tables.get("account.tax", tax)["amount"] / 100
            raw[tax] += part if tables.version >= GLOBALLY_SINCE else rounded(part, unit)
    return sum((rounded(each, unit) for each in raw.values()), NOTHING)


def taxes_field(tables: Any) -> str:
    return "tax_ids" if "tax_ids" in tables.fields["sale.order.line"] else "tax_id"


# --- sales -------------------------------------------------------------------------------------------------------------


def sale_unit(tables: Any, sale: Record) -> Decimal:
    return unit_of(tables, sale_currency(tables, sale, {}))


def sale_currency(tables: Any, sale: Record, _context: Context) -> int | None:
    if sale["pricelist_id"]:
        found: int = tables.get("product.pricelist", sale["pricelist_id"])["currency_id"]
        return found
    company = sale["company_id"]
    own: int | None = tables.get("res.company", company)["currency_id"] if company else None
    return own


def sale_untaxed(tables: Any, sale: Record, _context: Context) -> Decimal:
    unit = sale_unit(tables, sale)
    return sum((net_of(line, "product_uom_qty", unit) for line in _lines(tables, sale)), NOTHING)


def sale_tax(tables: Any, sale: Record, _context: Context) -> Decimal:
    unit, taxes = sale_unit(tables, sale), taxes_field(tables)
    rows = ((net_of(line, "product_uom_qty", unit), line[taxes]) for line in _lines(tables, sale))
    return tax_of(tables, rows, unit)


def sale_total(tables: Any, sale: Record, context: Context) -> Decimal:
    return sale_untaxed(tables, sale, context) + sale_tax(tables, sale, context)


def line_net(tables: Any, line: Record, _context: Context) -> Decimal:
    sale = tables.get("sale.order", line["order_id"])
    return net_of(line, "product_uom_qty", sale_unit(tables, sale))


def delivered(tables: Any, line: Record, _context: Context) -> Decimal:
    """What left for it, less what came back to it."""
    total = NOTHING
    for number in line["move_ids"]:
        move = tables.get("stock.move", number)
        if move["state"] == "done":
            back = tables.get("stock.location", move["location_dest_id"])["usage"] == "internal"
            total += -move["quantity"] if back else move["quantity"]
    return total


def invoiced(tables: Any, line: Record, _context: Context) -> Decimal:
    """Drafts count: so nothing is invoiced twice."""
    total = NOTHING
    for number in line["invoice_lines"]:
        row = tables.get("account.move.line", number)
        move = tables.get("account.move", row["move_id"])
        if move["state"] != "cancel":
            total += row["quantity"] if move["move_type"] == "out_invoice" else -row["quantity"]
    return total


def to_invoice(tables: Any, line: Record, context: Context) -> Decimal:
    product = tables.get("product.product", line["product_id"])
    template = tables.get("product.template", product["product_tmpl_id"])
    # Of a service somebody enters by hand what was delivered: nobody does here.
    by_delivery = template["invoice_policy"] == "delivery"
    due: Decimal = delivered(tables, line, context) if by_delivery else line["product_uom_qty"]
    return due - invoiced(tables, line, context)


def invoice_status(tables: Any, sale: Record, context: Context) -> str:
    if sale["state"] not in ("sale", "done"):
        return "no"
    lines = list(_lines(tables, sale))
    if any(to_invoice(tables, line, context) for line in lines):
        return "to invoice"
    whole = lines and all(invoiced(tables, line, context) >= line["product_uom_qty"] for line in lines)
    return "invoiced" if whole else "no"


def sale_invoices(tables: Any, sale: Record, _context: Context) -> list[int]:
    found: dict[int, None] = {}
    for line in _lines(tables, sale):
        for number in line["invoice_lines"]:
            found[tables.get("account.move.line", number)["move_id"]] = None
    return list(found)


def delivery_status(tables: Any, sale: Record, _context: Context) -> str | None:
    states = [tables.get("stock.picking", number)["state"] for number in sale["picking_ids"]]
    alive = [state for state in states if state != "cancel"]
    if not alive:
        return None
    if all(state == "done" for state in alive):
        return "full"
    return "partial" if "done" in alive else "pending"


def _lines(tables: Any, sale: Record) -> Iterable[Record]:
    return (
        line
        for number in sale["order_line"]
        if not (line := tables.get("sale.order.line", number))["display_type"]
    )


# --- invoices ----------------------------------------------------------------------------------------------------------


def bill_untaxed(tables: Any, bill: Record, _context: Context) -> Decimal:
    unit = unit_of(tables, bill["currency_id"])
    return sum((net_of(line, "quantity", unit) for line in bill_lines(tables, bill)), NOTHING)


def bill_tax(tables: Any, bill: Record, _context: Context) -> Decimal:
    unit = unit_of(tables, bill["currency_id"])
    rows = ((net_of(line, "quantity", unit), line["tax_ids"]) for line in bill_lines(tables, bill))
    return tax_of(tables, rows, unit)


def bill_total(tables: Any, bill: Record, context: Context) -> Decimal:
    return bill_untaxed(tables, bill, context) + bill_tax(tables, bill, context)


def bill_open(tables: Any, bill: Record, context: Context) -> Decimal:
    if bill["state"] != "posted" or bill["move_type"] == "entry":
        return NOTHING
    return bill_total(tables, bill, context) - bill["settled"]


def payment_state(tables: Any, bill: Record, context: Context) -> str:
    if bill["state"] != "posted" or bill["move_type"] == "entry":
        return "not_paid"
    if bill_open(tables, bill, context) <= 0:
        return "paid"
    if bill["matched_payment_ids"]:
        return "in_payment"
    return "partial" if bill["settled"] else "not_paid"


def bill_line_net(tables: Any, line: Record, _context: Context) -> Decimal:
    bill = tables.get("account.move", line["move_id"])
    return net_of(line, "quantity", unit_of(tables, bill["currency_id"]))


def parent_state(tables: Any, line: Record, _context: Context) -> str:
    return str(tables.get("account.move", line["move_id"])["state"])


def invoice_lines(tables: Any, bill: Record, _context: Context) -> list[int]:
    return [line["id"] for line in bill_lines(tables, bill)]


def bill_lines(tables: Any, bill: Record) -> Iterable[Record]:
    return (
        line
        for number in bill["invoice_line_ids"]
        if (line := tables.get("account.move.line", number))["product_id"]
    )


def owed(tables: Any, partner: Record, context: Context) -> Decimal:
    """In the company's currency: what is open of its invoices, less what is open of its payments and credit notes."""
    own = tables.get("res.company", 1)["currency_id"]
    total = NOTHING
    for bill in tables.rows["account.move"].values():
        if bill["currency_id"] == own and commercial(tables, bill["partner_id"]) == partner["id"]:
            sign = {"out_invoice": 1, "out_refund": -1}.get(bill["move_type"], 0)
            total += sign * bill_open(tables, bill, context)
    for line in tables.rows["account.move.line"].values():
        if line["payment_id"] and not line["reconciled"]:
            payment = tables.get("account.payment", line["payment_id"])
            mine = payment["partner_id"] == partner["id"] and payment["currency_id"] == own
            total += line["amount_residual"] * (-1 if payment["payment_type"] == "inbound" else 1) * mine
    return total


def commercial(tables: Any, partner: int | None) -> int | None:
    if partner is None:
        return None
    parent: int | None = tables.get("res.partner", partner)["parent_id"]
    return parent or partner


def commercial_of(tables: Any, partner: Record, _context: Context) -> int:
    return int(partner["parent_id"] or partner["id"])


# --- products and stock ------------------------------------------------------------------------------------------------


def of_template(name: str) -> Any:
    def value(tables: Any, product: Record, context: Context) -> Any:
        return tables.value("product.template", product["product_tmpl_id"], name, context)

    return value


def variant_price(tables: Any, product: Record, _context: Context) -> Decimal:
    base: Decimal = tables.get("product.template", product["product_tmpl_id"])["list_price"]
    return base + product["price_extra"]


def company_currency(tables: Any, _record: Record, _context: Context) -> int:
    return int(tables.get("res.company", 1)["currency_id"])


def on_hand(tables: Any, product: Record, context: Context) -> Decimal:
    return sum((each["quantity"] for each in quants(tables, product, context)), NOTHING)


def free(tables: Any, product: Record, context: Context) -> Decimal:
    there = quants(tables, product, context)
    return sum((each["quantity"] - each["reserved_quantity"] for each in there), NOTHING)


def forecast(tables: Any, product: Record, context: Context) -> Decimal:
    """What lies there, less everything that is to leave, reserved or not, and what is to come in."""
    total = on_hand(tables, product, context)
    for number in product["stock_move_ids"]:
        move = tables.get("stock.move", number)
        if move["state"] not in ("done", "cancel", "draft"):
            out = tables.get("stock.location", move["location_id"])["usage"] == "internal"
            total += -move["product_uom_qty"] if out else move["product_uom_qty"]
    return total


def quants(tables: Any, product: Record, context: Context) -> list[Record]:
    """In the warehouse that the context names, under the word that this version knows; else in all of them."""
    asked = context.get("warehouse_id" if tables.version >= 18 else "warehouse")
    found = [tables.get("stock.quant", number) for number in product["stock_quant_ids"]]
    inside = []
    for each in found:
        place = tables.get("stock.location", each["location_id"])
        if place["usage"] == "internal" and (not asked or place["warehouse_id"] == asked):
            inside.append(each)
    return inside


def picking_code(tables: Any, picking: Record, _context: Context) -> str:
    return str(tables.get("stock.picking.type", picking["picking_type_id"])["code"])


def tracking_url(tables: Any, picking: Record, _context: Context) -> str | None:
    """17 has no such setting of a delivery method, so it never tells one."""
    if not (picking["carrier_id"] and picking["carrier_tracking_ref"]) or tables.version < 19:
        return None
    pattern = tables.get("delivery.carrier", picking["carrier_id"])["tracking_url"]
    return pattern.replace("<shipmenttrackingnumber>", picking["carrier_tracking_ref"]) if pattern else None
