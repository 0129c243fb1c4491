"""What a real Odoo has, asked over its API, and its goods and prices changed as its own people would."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sandbox.demo.ends import Booked, key_of, units_of
from sandbox.demo.odoo_rpc import OdooRpc
from sandbox.demo.refund_ends import Credited

_VOID = ("draft", "cancel", "canceled", "rejected")
_BATCH = 100


class OdooBooks:
    """Implements `Books`, `ProductBooks` and `PriceBooks`. A sale counts once it is confirmed."""

    def __init__(self, credentials: Mapping[str, str], shop: str) -> None:
        self._odoo, self._shop = OdooRpc(credentials), shop
        houses = self._odoo.rows("stock.warehouse", [["code", "=", "WH"]], "lot_stock_id")
        self._warehouse = next(houses)

    # --- goods -----------------------------------------------------------------------------------------------------

    def stock(self, items: list[Any]) -> None:
        known = self._products()
        new = [item for item in items if item["sku"] not in known]
        for start in range(0, len(new), _BATCH):
            rows = [self._product(item) for item in new[start : start + _BATCH]]
            self._odoo.create("product.product", *rows)
        self._count({item["sku"]: item["stock"] for item in items if "stock" in item})

    def free(self) -> Mapping[str, Decimal]:
        place = self._warehouse["id"]
        rows = self._odoo.rows(
            "product.product", [["default_code", "!=", False], ["type", "!=", "service"]], "default_code", "free_qty",
            warehouse=place, warehouse_id=place,
        )  # fmt: skip
        return {row["default_code"]: Decimal(str(row["free_qty"])) for row in rows}

    def move(self, units: Mapping[str, int]) -> None:
        known = self._products()
        shelf = self._warehouse["lot_stock_id"][0]
        numbers = [known[sku] for sku in units]
        rows = self._odoo.rows(
            "stock.quant",
            [["product_id", "in", numbers], ["location_id", "=", shelf]],
            "product_id",
            "quantity",
        )
        there = {row["product_id"][0]: row["quantity"] for row in rows}
        self._count({sku: int(there.get(known[sku], 0)) + count for sku, count in units.items()})

    def sell(self, wares: Sequence[Mapping[str, Any]]) -> None:
        known = self._products()
        for ware in wares:
            sku = str(ware["sku"])
            if sku not in known:
                known[sku] = self._odoo.create("product.product", self._product(ware))[0]
            told = {
                "name": ware["title"],
                "list_price": float(ware["price"]),
                "barcode": ware.get("barcode") or False,
            }
            self._odoo.call(
                "product.product", "write", [known[sku]], vals={**told, "active": ware.get("active", True)}
            )

    def price(self, prices: Mapping[str, Decimal], *, currency: str, tier: str = "") -> None:
        known = self._products()
        if not tier:
            for sku, price in prices.items():
                self._odoo.call("product.product", "write", [known[sku]], vals={"lst_price": float(price)})
            return
        pricelist = self._pricelist(tier, currency)
        rows = self._odoo.rows("product.pricelist.item", [["pricelist_id", "=", pricelist]], "product_id")
        there = {row["product_id"][0]: row["id"] for row in rows if row["product_id"]}
        for sku, price in prices.items():
            told = {"fixed_price": float(price), "compute_price": "fixed", "applied_on": "0_product_variant"}
            if known[sku] in there:
                self._odoo.call("product.pricelist.item", "write", [there[known[sku]]], vals=told)
            else:
                self._odoo.create(
                    "product.pricelist.item", {**told, "pricelist_id": pricelist, "product_id": known[sku]}
                )

    # --- documents -------------------------------------------------------------------------------------------------

    def documents(self) -> list[Booked]:
        paid = self._payments()
        fields = ("name", "state", "client_order_ref", "amount_total", "currency_id", "order_line")
        rows = list(self._odoo.rows("sale.order", [["client_order_ref", "=like", "order-%"]], *fields))
        lines = self._odoo.by_id(
            "sale.order.line", [n for row in rows for n in row["order_line"]], "product_id", "product_uom_qty"
        )
        goods = self._goods([line["product_id"][0] for line in lines.values() if line["product_id"]])
        return [
            Booked(
                id=row["name"],
                key=key,
                real=row["state"] in ("sale", "done"),
                total=_amount(row["amount_total"]),
                paid=paid.get(row["client_order_ref"], Decimal(0)),
                currency=row["currency_id"][1],
                cancelled=row["state"] == "cancel",
                units=units_of(
                    (goods[line["product_id"][0]], line["product_uom_qty"])
                    for line in (lines[number] for number in row["order_line"])
                    if line["product_id"] and line["product_id"][0] in goods
                ),
            )
            for row in rows
            if (key := key_of("order", row["client_order_ref"], self._shop)) is not None
        ]

    def credits(self) -> list[Credited] | str:
        paid = self._payments()
        domain = [["move_type", "in", ["out_refund", "out_invoice"]], ["ref", "=like", "refund-%"]]
        rows = self._odoo.rows(
            "account.move", domain, "name", "state", "ref", "amount_total", "currency_id", "move_type"
        )
        return [
            Credited(
                id=row["name"] or str(row["id"]),
                key=key,
                real=row["state"] == "posted",
                total=_amount(row["amount_total"]) * (1 if row["move_type"] == "out_refund" else -1),
                paid=paid.get(row["ref"], Decimal(0)),
                currency=row["currency_id"][1],
            )
            for row in rows
            if (key := key_of("refund", row["ref"], self._shop)) is not None
        ]

    # --- how it is asked -------------------------------------------------------------------------------------------

    def _payments(self) -> dict[str, Decimal]:
        """By our key of the document, which a payment's memo begins with."""
        memo = "memo" if self._odoo.has("account.payment", "memo") else "ref"
        found: defaultdict[str, Decimal] = defaultdict(Decimal)
        for row in self._odoo.rows("account.payment", [[memo, "=like", "%-%/%"]], memo, "state", "amount"):
            if row["state"] not in _VOID:
                found[row[memo].partition("/")[0]] += _amount(row["amount"])
        return found

    def _products(self) -> dict[str, int]:
        rows = self._odoo.rows(
            "product.product", [["default_code", "!=", False]], "default_code", active_test=False
        )
        return {row["default_code"]: row["id"] for row in rows}

    def _goods(self, numbers: Sequence[int]) -> dict[int, str]:
        rows = self._odoo.by_id("product.product", numbers, "default_code", "type")
        return {
            n: row["default_code"]
            for n, row in rows.items()
            if row["type"] != "service" and row["default_code"]
        }

    def _product(self, item: Mapping[str, Any]) -> dict[str, Any]:
        storable = (
            {"type": "consu", "is_storable": True}
            if self._odoo.has("product.product", "is_storable")
            else {"detailed_type": "product"}
        )
        price = float(item.get("price") or 0)
        return {
            "name": item["title"],
            "default_code": item["sku"],
            "list_price": price,
            "taxes_id": [[6, 0, []]],
            **storable,
        }

    def _count(self, wanted: Mapping[str, int]) -> None:
        """An inventory of these alone."""
        known, shelf = self._products(), self._warehouse["lot_stock_id"][0]
        rows = [
            {"product_id": known[sku], "location_id": shelf, "inventory_quantity": count}
            for sku, count in wanted.items()
        ]
        for start in range(0, len(rows), _BATCH):
            made = self._odoo.create("stock.quant", *rows[start : start + _BATCH], inventory_mode=True)
            self._odoo.call("stock.quant", "action_apply_inventory", made)

    def _pricelist(self, name: str, currency: str) -> int:
        found = list(self._odoo.rows("product.pricelist", [["name", "=", name]], "currency_id"))
        if found:
            return int(found[0]["id"])
        money = next(self._odoo.rows("res.currency", [["name", "=", currency]], "name"))["id"]
        return self._odoo.create("product.pricelist", {"name": name, "currency_id": money})[0]


def _amount(value: Any) -> Decimal:
    return Decimal(str(value))
