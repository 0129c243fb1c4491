"""The people of a real Odoo who send goods and enter customers, over its API."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from sandbox.demo.ends import key_of
from sandbox.demo.odoo_rpc import OdooRpc
from sandbox.demo.people import Person
from sandbox.demo.shipping import CARRIERS, Left, Names

_OPEN = ["waiting", "confirmed", "assigned"]
_QUIET = {"skip_backorder": True, "skip_immediate": True, "skip_sms": True}
_TWO_PARCELS = 0.3


class OdooDispatch:
    """Implements `Dispatch`: what is ordered is validated, now and then in two deliveries."""

    names: Names = "skus"
    bare: str = "custom"

    def __init__(self, credentials: Mapping[str, str], shop: str, *, seed: int) -> None:
        self._odoo, self._shop = OdooRpc(credentials), shop
        self._chance = random.Random(seed)
        self._moves = "move_ids" if self._odoo.has("stock.picking", "move_ids") else "move_lines"
        self._taken = "quantity" if self._odoo.has("stock.move", "quantity") else "quantity_done"
        self._picked = self._odoo.has("stock.move", "picked")
        self._parcels = 0

    def send(self, orders: Mapping[str, Mapping[str, str]]) -> int:
        before = self._parcels
        for order, picking in self._pickings(_OPEN):
            if order in orders and not _key(picking):
                self._send(picking, {sku.lower() for sku in orders[order].values()})
        return self._parcels - before

    def ready(self) -> Mapping[str, Collection[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for order, picking in self._pickings(_OPEN):
            found[order] |= {move["sku"].lower() for move in picking["moves"]}
        return found

    def correct(self, share: float = 0.1) -> int:
        """Numbers alone: Odoo calls off no delivery that has left."""
        changed = 0
        for _, picking in self._pickings(["done"]):
            if not _key(picking) and self._chance.random() < share:
                told = {"carrier_tracking_ref": f"C{picking['id']}"}
                self._odoo.call("stock.picking", "write", [picking["id"]], vals=told)
                changed += 1
        return changed

    def left(self) -> list[Left]:
        return [
            Left(
                key=str(picking["id"]),
                order=order,
                alive=True,
                numbers=tuple(n for n in (picking["carrier_tracking_ref"] or "").split(",") if n),
                units=_units(picking),
                origin=key_of("parcel", key, self._shop) if (key := _key(picking)) else None,
            )
            for order, picking in self._pickings(["done"])
        ]

    def _send(self, picking: Mapping[str, Any], skus: Collection[str]) -> None:
        moves = [move for move in picking["moves"] if move["sku"].lower() in skus]
        if not moves:
            return
        part = moves[:1] if len(moves) > 1 and self._chance.random() < _TWO_PARCELS else moves
        chosen = {move["id"] for move in part}
        self._parcels += 1
        commands = []
        for move in picking["moves"]:
            told: dict[str, Any] = {self._taken: move["product_uom_qty"] if move["id"] in chosen else 0}
            if self._picked:
                told["picked"] = move["id"] in chosen
            commands.append([1, move["id"], told])
        followed = {"carrier_tracking_ref": f"P{picking['id']}-{self._parcels}"}
        carriers = list(self._odoo.rows("delivery.carrier", [["name", "in", list(CARRIERS)]], "name"))
        if carriers:
            followed["carrier_id"] = self._chance.choice(carriers)["id"]
        self._odoo.call("stock.picking", "write", [picking["id"]], vals={**followed, self._moves: commands})
        self._odoo.call("stock.picking", "button_validate", [picking["id"]], context=_QUIET)

    def _pickings(self, states: list[str]) -> list[tuple[str, dict[str, Any]]]:
        """Deliveries of the shop's orders, with the order's key and their moves."""
        domain = [["picking_type_code", "=", "outgoing"], ["state", "in", states], ["sale_id", "!=", False]]
        fields = ("origin", "sale_id", "backorder_id", "carrier_tracking_ref", self._moves)
        rows = list(self._odoo.rows("stock.picking", domain, *fields))
        sales = self._odoo.by_id("sale.order", [row["sale_id"][0] for row in rows], "client_order_ref")
        numbers = [number for row in rows for number in row[self._moves]]
        moves = self._odoo.by_id("stock.move", numbers, "product_id", "product_uom_qty", self._taken, "state")
        codes = self._odoo.by_id(
            "product.product", [move["product_id"][0] for move in moves.values()], "default_code"
        )
        origins = {row["id"]: row["origin"] for row in rows}
        found = []
        for row in rows:
            there = [moves[number] for number in row[self._moves] if moves[number]["state"] != "cancel"]
            row["moves"] = [
                {**move, "sku": codes[move["product_id"][0]]["default_code"] or ""} for move in there
            ]
            for move in row["moves"]:
                move["units"] = move[self._taken]
            copied = row["backorder_id"] and origins.get(row["backorder_id"][0]) == row["origin"]
            row["origin"] = "" if copied else row["origin"]
            order = key_of("order", sales[row["sale_id"][0]]["client_order_ref"] or "", self._shop)
            if order is not None:
                found.append((order, row))
        return found


class OdooPeople:
    """Implements the people's `Doors`."""

    def __init__(self, credentials: Mapping[str, str]) -> None:
        self._odoo = OdooRpc(credentials)

    def enter(self, person: Person) -> None:
        values = {
            "name": "Demo Person",
            "email": person.email,
            "customer_rank": 1,
            "phone": person.phone or False,
        }
        place = {}
        if person.street:
            country = next(self._odoo.rows("res.country", [["code", "=", "DE"]], "code"))["id"]
            place = {"street": person.street, "city": "Berlin", "country_id": country}
        self._odoo.create("res.partner", {**values, **place})

    def change(self, email: str, *, phone: str | None = None, street: str | None = None) -> None:
        found = list(
            self._odoo.rows("res.partner", [["email", "=ilike", email], ["parent_id", "=", False]], "email")
        )
        told = {name: value for name, value in (("phone", phone), ("street", street)) if value is not None}
        self._odoo.call("res.partner", "write", [found[0]["id"]], vals=told)

    def people(self) -> list[Person]:
        domain = [["email", "!=", False], ["parent_id", "=", False]]
        rows = self._odoo.rows("res.partner", domain, "email", "phone", "street")
        return [
            Person(email=row["email"], phone=row["phone"] or None, street=row["street"] or None)
            for row in rows
        ]


def _key(picking: Mapping[str, Any]) -> str | None:
    return next((word for word in (picking["origin"] or "").split() if word.startswith("parcel-")), None)


def _units(picking: Mapping[str, Any]) -> dict[str, int]:
    found: defaultdict[str, int] = defaultdict(int)
    for move in picking["moves"]:
        found[move["sku"].lower()] += int(Decimal(str(move["units"])))
    return dict(found)
