"""Deliveries of a simulated Odoo: reserved when a sale is confirmed, done when a person or a caller validates them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sandbox.erps.odoo.tables import Record, Tables
from sandbox.erps.odoo.trouble import UserError

OPEN = ("draft", "waiting", "confirmed", "partially_available", "assigned")


def storable(tables: Tables, product: int) -> bool:
    template = tables.get("product.product", product)["product_tmpl_id"]
    row = tables.get("product.template", template)
    return bool(row.get("is_storable")) or row["type"] == "product"


def location_of(tables: Tables, usage: str) -> int:
    return next(n for n, row in tables.rows["stock.location"].items() if row["usage"] == usage)


def deliver(tables: Tables, sale: Record, wanted: Mapping[int, Decimal]) -> int:
    """A delivery of so many of each of the sale's lines, reserved as far as it goes."""
    warehouse = tables.get("stock.warehouse", sale["warehouse_id"])
    customer = location_of(tables, "customer")
    picking = tables.create(
        "stock.picking",
        {
            "name": _named(tables, warehouse, "OUT"),
            "origin": sale["name"],
            "sale_id": sale["id"],
            "partner_id": sale["partner_shipping_id"],
            "picking_type_id": warehouse["out_type_id"],
            "location_id": warehouse["lot_stock_id"],
            "location_dest_id": customer,
            "company_id": sale["company_id"],
            "carrier_id": sale["carrier_id"],
            "scheduled_date": _now(),
        },
    )
    for number, units in wanted.items():
        line = tables.get("sale.order.line", number)
        values = {
            "picking_id": picking,
            "product_id": line["product_id"],
            "product_uom_qty": units,
            "sale_line_id": number,
            "location_id": warehouse["lot_stock_id"],
            "location_dest_id": customer,
            "company_id": sale["company_id"],
        }
        if "name" in tables.fields["stock.move"]:
            values["name"] = line["name"] or "goods"
        tables.create("stock.move", values)
    assign(tables, tables.get("stock.picking", picking))
    return picking


def confirm(tables: Tables, numbers: Sequence[int]) -> bool:
    for number in numbers:
        picking = tables.get("stock.picking", number)
        if picking["state"] != "draft":
            continue
        if picking["name"] == "/":
            kind = tables.get("stock.picking.type", picking["picking_type_id"])
            warehouse = tables.get("stock.warehouse", kind["warehouse_id"])
            code = "IN" if kind["code"] == "incoming" else "OUT"
            tables.write("stock.picking", number, {"name": _named(tables, warehouse, code)})
        assign(tables, picking)
    return True


def assign(tables: Tables, picking: Record) -> None:
    """Takes what is free; from a customer everything is there."""
    for number in picking["move_ids"]:
        move = tables.get("stock.move", number)
        if move["state"] in ("done", "cancel"):
            continue
        missing = move["product_uom_qty"] - move["quantity"]
        take = min(missing, _free(tables, move)) if _inside(tables, move["location_id"]) else missing
        if take > 0:
            set_quantity(tables, move, move["quantity"] + take)
        whole = move["quantity"] >= move["product_uom_qty"]
        state = "assigned" if whole else "partially_available" if move["quantity"] else "confirmed"
        tables.write("stock.move", number, {"state": state})
    _restate(tables, picking)


def set_quantity(tables: Tables, move: Record, quantity: Decimal) -> None:
    """What is taken for a move is reserved where it lies, even where it does not lie there."""
    if _inside(tables, move["location_id"]) and move["state"] not in ("done", "cancel"):
        quant = quant_of(tables, move["product_id"], move["location_id"])
        reserved = quant["reserved_quantity"] + quantity - move["quantity"]
        tables.write("stock.quant", quant["id"], {"reserved_quantity": reserved})
    tables.write("stock.move", move["id"], {"quantity": quantity})


def written(tables: Tables, number: int, values: Mapping[str, Any]) -> None:
    """A caller writes a move."""
    move = tables.get("stock.move", number)
    if move["state"] in ("done", "cancel") and {"quantity", "product_uom_qty"} & set(values):
        raise UserError("You can not change the quantity of a move that is done or cancelled.")
    rest = {name: value for name, value in values.items() if name != "quantity"}
    if "quantity" in values:
        set_quantity(tables, move, Decimal(str(values["quantity"])))
    tables.write("stock.move", number, rest)
    if "product_uom_qty" in values and move["quantity"] > move["product_uom_qty"]:
        set_quantity(tables, move, move["product_uom_qty"])
    if move["picking_id"]:
        _restate(tables, tables.get("stock.picking", move["picking_id"]))


def picking_written(tables: Tables, number: int, values: Mapping[str, Any]) -> None:
    """Its moves may be changed along with it, by commands."""
    rest = {name: value for name, value in values.items() if name != "move_ids"}
    for command in values.get("move_ids", ()):
        match command:
            case [1, int(move), dict(told)] if move in tables.get("stock.picking", number)["move_ids"]:
                written(tables, move, told)
            case _:
                tables.write("stock.picking", number, {"move_ids": [command]})
    tables.write("stock.picking", number, rest)


def validate(tables: Tables, numbers: Sequence[int], context: Mapping[str, Any]) -> Any:
    """True when it left. What was not picked waits in a backorder, and Odoo asks first unless it is told not to."""
    for number in numbers:
        picking = tables.get("stock.picking", number)
        if picking["state"] in ("done", "cancel"):
            raise UserError(f"You cannot validate {picking['name']}: it is {picking['state']} already.")
        if picking["state"] == "draft":
            confirm(tables, [number])
        moves = [tables.get("stock.move", each) for each in picking["move_ids"]]
        alive = [move for move in moves if move["state"] not in ("done", "cancel")]
        picked = [move for move in alive if move["picked"]] or alive
        done = {move["id"]: move["quantity"] for move in picked if move["quantity"] > 0}
        if not done:
            raise UserError(
                "You cannot validate a transfer if no quantities are reserved. To force the transfer, "
                "encode quantities."
            )
        short = any(done.get(move["id"], Decimal(0)) < move["product_uom_qty"] for move in alive)
        if short and not context.get("skip_backorder"):
            return _wizard(numbers)
        _leave(tables, picking, alive, done)
    return True


def _leave(tables: Tables, picking: Record, alive: Sequence[Record], done: Mapping[int, Decimal]) -> None:
    left: dict[int, Decimal] = {}
    for move in alive:
        taken = done.get(move["id"], Decimal(0))
        rest = move["product_uom_qty"] - taken
        if rest > 0:
            left[move["id"]] = rest
        _finish(tables, move, taken)
    if left:
        _backorder(tables, picking, left)
    tables.write("stock.picking", picking["id"], {"state": "done", "date_done": _now()})
    if picking["sale_id"]:
        tables.touch("sale.order", picking["sale_id"])


def _finish(tables: Tables, move: Record, taken: Decimal) -> None:
    product = move["product_id"]
    if _inside(tables, move["location_id"]):
        source = quant_of(tables, product, move["location_id"])
        values = {
            "reserved_quantity": source["reserved_quantity"] - move["quantity"],
            "quantity": source["quantity"] - taken,
        }
        tables.write("stock.quant", source["id"], values)
    if _inside(tables, move["location_dest_id"]):
        target = quant_of(tables, product, move["location_dest_id"])
        tables.write("stock.quant", target["id"], {"quantity": target["quantity"] + taken})
    state = "done" if taken else "cancel"
    told = {"state": state, "quantity": taken, "product_uom_qty": taken, "date": _now()}
    tables.write("stock.move", move["id"], told)


def _backorder(tables: Tables, picking: Record, left: Mapping[int, Decimal]) -> None:
    """A copy of the delivery, its source document included; how it is followed is not copied."""
    copied = ("origin", "sale_id", "partner_id", "picking_type_id", "location_id", "location_dest_id",
              "company_id", "carrier_id", "note")  # fmt: skip
    kind = tables.get("stock.picking.type", picking["picking_type_id"])
    warehouse = tables.get("stock.warehouse", kind["warehouse_id"])
    code = "IN" if kind["code"] == "incoming" else "OUT"
    values = {name: picking[name] for name in copied}
    values |= {
        "name": _named(tables, warehouse, code),
        "backorder_id": picking["id"],
        "scheduled_date": _now(),
    }
    number = tables.create("stock.picking", values)
    for each, units in left.items():
        move = tables.get("stock.move", each)
        kept = ("name", "product_id", "sale_line_id", "location_id", "location_dest_id", "company_id")
        rest = {name: move[name] for name in kept if name in tables.fields["stock.move"]}
        tables.create("stock.move", {**rest, "picking_id": number, "product_uom_qty": units})
    assign(tables, tables.get("stock.picking", number))


def cancel(tables: Tables, numbers: Sequence[int]) -> bool:
    for number in numbers:
        picking = tables.get("stock.picking", number)
        if picking["state"] == "done":
            raise UserError(
                "You cannot cancel a stock move that has been set to 'Done'. Create a return in order to reverse the "
                "moves which took place."
            )
        for each in picking["move_ids"]:
            move = tables.get("stock.move", each)
            if move["state"] not in ("done", "cancel"):
                set_quantity(tables, move, Decimal(0))
                tables.write("stock.move", each, {"state": "cancel"})
        tables.write("stock.picking", number, {"state": "cancel"})
    return True


def counted(tables: Tables, numbers: Sequence[int]) -> None:
    """An inventory is applied; the method answers nothing."""
    for number in numbers:
        quant = tables.get("stock.quant", number)
        tables.write("stock.quant", number, {"quantity": quant["inventory_quantity"]})


def quant_of(tables: Tables, product: int, location: int) -> Record:
    for number in tables.get("product.product", product)["stock_quant_ids"]:
        quant = tables.get("stock.quant", number)
        if quant["location_id"] == location:
            return quant
    made = tables.create("stock.quant", {"product_id": product, "location_id": location})
    return tables.get("stock.quant", made)


def _free(tables: Tables, move: Record) -> Decimal:
    quant = quant_of(tables, move["product_id"], move["location_id"])
    free: Decimal = quant["quantity"] - quant["reserved_quantity"]
    return max(free, Decimal(0))


def _inside(tables: Tables, location: int) -> bool:
    return bool(tables.get("stock.location", location)["usage"] == "internal")


def _restate(tables: Tables, picking: Record) -> None:
    moves = [tables.get("stock.move", each) for each in picking["move_ids"]]
    alive = [move for move in moves if move["state"] != "cancel"]
    if not alive:
        tables.write("stock.picking", picking["id"], {"state": "cancel"})
    elif any(move["state"] != "done" for move in alive):
        ready = any(move["quantity"] > 0 for move in alive)
        tables.write("stock.picking", picking["id"], {"state": "assigned" if ready else "confirmed"})


def _named(tables: Tables, warehouse: Record, code: str) -> str:
    count = sum(1 for row in tables.rows["stock.picking"].values() if f"/{code}/" in (row["name"] or ""))
    return f"{warehouse['code']}/{code}/{count + 1:05}"


def _wizard(numbers: Sequence[int]) -> dict[str, Any]:
    return {
        "type": "ir.actions.act_window",
        "name": "Create Backorder?",
        "res_model": "stock.backorder.confirmation",
        "view_mode": "form",
        "target": "new",
        "context": {"button_validate_picking_ids": list(numbers)},
    }


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
