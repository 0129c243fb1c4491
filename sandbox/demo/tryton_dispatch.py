"""The warehouse of the demo's Tryton: what was sold is picked, packed and shipped, put right, called off and planned anew."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sandbox.demo.ends import key_of
from sandbox.demo.shipping import CARRIERS, Left, Names
from sandbox.demo.tryton_office import signed_in
from sandbox.tryton.rpc import Values

_SHIPMENT = "stock.shipment.out"
_LEFT = ("shipped", "done")
_TWO_PARCELS, _TWO_PACKAGES = 0.3, 0.5
_BATCH = 20
_SHOWN = ("state", "shipping_reference", "packages", "outgoing_moves", "inventory_moves")


class TrytonDispatch:
    """Implements `Dispatch`. A parcel is a shipment; some are of two packages, each followed by itself.

    Where a part leaves first, Tryton makes a shipment of the rest by itself.
    """

    names: Names = "skus"
    bare: str = "custom"

    def __init__(self, credentials: Mapping[str, str], shop: str, *, seed: int) -> None:
        self._shop = shop
        self._web_shop = credentials.get("web_shop") or "Shopify"
        self._chance = random.Random(seed)
        self._rpc = signed_in(credentials)
        self._carriers: list[int] = []
        self._box = 0
        self._listed: list[Left] | None = None

    def send(self, orders: Mapping[str, Mapping[str, str]]) -> int:
        self._listed = None
        wanted = {key: {sku.lower() for sku in lines.values()} for key, lines in orders.items()}
        first = self._waiting(wanted)
        rest = [
            shipment for shipment in first if self._chance.random() < _TWO_PARCELS and self._halve(shipment)
        ]
        sent = self._ship(first)
        # What was left of these is a shipment of its own now; those that were not sent are tried once more.
        return sent + (self._ship(self._waiting(wanted)) if rest else 0)

    def correct(self, share: float = 0.1) -> int:
        self._listed = None
        gone = [each for each in self._shipments() if each["state"] == "shipped"]
        wrong, off, arrived = list[Values](), list[Values](), list[int]()
        for shipment in gone:
            draw = self._chance.random()
            if draw < share:
                wrong.append(shipment)
            elif draw < share * 1.5:
                off.append(shipment)
            else:
                arrived.append(shipment["id"])
        # So small a run has one of each all the same.
        for group in (wrong, off):
            if not group and len(arrived) > 1:
                number = arrived.pop()
                group += [each for each in gone if each["id"] == number]
        for shipment in wrong:
            self._label(shipment, "C")
        for shipment in off:
            self._call_off(shipment)
        self._press("do", arrived)
        return len(wrong) + len(off)

    def left(self) -> list[Left]:
        """Asked once after each act: nobody else sends goods here, and Tryton takes its time to list them."""
        if self._listed is None:
            self._listed = self._list()
        return self._listed

    def _list(self) -> list[Left]:
        found = [each for each in self._shipments() if each["state"] in {*_LEFT, "cancelled"}]
        moves = self._moves([move for each in found for move in each["outgoing_moves"]])
        numbers = self._package_numbers([package for each in found for package in each["packages"]])
        return [
            Left(
                key=str(each["id"]),
                order=each["order"],
                alive=each["state"] != "cancelled",
                numbers=tuple(numbers[package] for package in each["packages"])
                or (each["shipping_reference"] or "",),
                units=_units(moves[move] for move in each["outgoing_moves"]),
            )
            for each in found
        ]

    # --- sending -----------------------------------------------------------------------------------------------------

    def _waiting(self, wanted: Mapping[str, set[str]]) -> list[Values]:
        """Shipments of these orders that nobody has begun with, and that hold nothing but what was asked for."""
        found = [each for each in self._shipments() if each["state"] == "waiting" and each["order"] in wanted]
        moves = self._moves([move for each in found for move in each["outgoing_moves"]])
        return [
            each
            for each in found
            if set(_units(moves[move] for move in each["outgoing_moves"])) <= wanted[each["order"]]
        ]

    def _halve(self, shipment: Values) -> bool:
        """All but one item stay where they are for now, as a person does who takes them off the pick list."""
        moves: list[int] = shipment["inventory_moves"]
        if len(moves) < 2:
            return False
        self._rpc.call("model.stock.move.delete", moves[1:])
        return True

    def _ship(self, shipments: Sequence[Values]) -> int:
        """What is not in stock stays."""
        chosen = [each["id"] for each in shipments]
        self._press("assign_try", chosen)
        ready = [each["id"] for each in self._read(chosen) if each["state"] == "assigned"]
        self._press("pick", ready)
        for shipment in self._read(ready):
            self._label(shipment, "P")
        self._press("pack", ready)
        self._press("ship", ready)
        return len(ready)

    def _label(self, shipment: Values, letter: str) -> None:
        """The carrier, and by which number the parcel is followed; new numbers where it has some already."""
        number, values = f"{letter}{shipment['id']}", Values()
        if letter == "P":
            values["carrier"] = self._chance.choice(self._carrier())
            moves = [move for move, row in self._moves(shipment["outgoing_moves"]).items() if row["quantity"]]
            if len(moves) > 1 and self._chance.random() < _TWO_PACKAGES:
                self._pack_two(shipment["id"], moves, number)
            else:
                values["shipping_reference"] = number
        elif shipment["packages"]:
            for index, package in enumerate(shipment["packages"]):
                self._rpc.write("stock.package", package, shipping_reference=f"{number}-{index}")
        else:
            values["shipping_reference"] = number
        if values:
            self._rpc.write(_SHIPMENT, shipment["id"], **values)

    def _pack_two(self, shipment: int, moves: Sequence[int], number: str) -> None:
        self._box = self._box or self._rpc.create("stock.package.type", name="Box")
        parts = (moves[:1], moves[1:])
        rows = [
            {
                "type": self._box,
                "shipment": f"{_SHIPMENT},{shipment}",
                "moves": [["add", [*part]]],
                "shipping_reference": f"{number}-{index}",
            }
            for index, part in enumerate(parts)
        ]
        self._rpc.create_many("stock.package", rows)

    def _carrier(self) -> list[int]:
        """Tryton wants a carrier on whatever is packed, and a service that carrying is booked on."""
        if not self._carriers:
            service = self._rpc.one("product.product", ["code", "=", "SHIPPING"])
            parties = self._rpc.create_many("party.party", [{"name": name} for name in CARRIERS])
            rows = [{"party": party, "carrier_product": service} for party in parties]
            self._carriers = self._rpc.create_many("carrier", rows)
        return self._carriers

    def _call_off(self, shipment: Values) -> None:
        """It comes back, and the office has its goods planned once more."""
        self._press("cancel", [shipment["id"]])
        moves, sale = shipment["outgoing_moves"], shipment["sale"]
        told, wizard = self._rpc.context, "wizard.sale.handle.shipment.exception"
        self._rpc.context = told | {"active_model": "sale.sale", "active_id": sale, "active_ids": [sale]}
        try:
            session, first, _ = self._rpc.call(f"{wizard}.create")
            self._rpc.call(f"{wizard}.execute", session, {}, first)
            chosen = {"domain_moves": moves, "recreate_moves": moves, "ignore_moves": []}
            self._rpc.call(f"{wizard}.execute", session, {first: chosen}, "handle")
            self._rpc.call(f"{wizard}.delete", session)
        finally:
            self._rpc.context = told

    def _press(self, button: str, shipments: Sequence[int]) -> None:
        for start in range(0, len(shipments), _BATCH):
            self._rpc.call(f"model.{_SHIPMENT}.{button}", [*shipments[start : start + _BATCH]])

    # --- reading -----------------------------------------------------------------------------------------------------

    def _shipments(self) -> Iterator[Values]:
        """Those of the shop's orders, each with the store's key of its `order` and the id of its `sale`."""
        ours = [["web_shop.name", "=", self._web_shop], ["state", "in", ["processing", "done"]]]
        sales: dict[int, tuple[str, int]] = {}
        for row in self._rpc.rows("sale.sale", ours, "web_id", "shipments"):
            key = key_of("order", row["web_id"], self._shop)
            if key is not None:
                sales |= dict.fromkeys(row["shipments"], (key, row["id"]))
        for shipment in self._read(sorted(sales)):
            order, sale = sales[shipment["id"]]
            yield shipment | {"order": order, "sale": sale}

    def _read(self, shipments: Sequence[int]) -> list[Values]:
        return self._rpc.read(_SHIPMENT, [*shipments], *_SHOWN) if shipments else []

    def _moves(self, moves: Sequence[int]) -> dict[int, Values]:
        """With the code of each one's item."""
        if not moves:
            return {}
        rows = self._rpc.read("stock.move", [*moves], "quantity", "product.code")
        return {row["id"]: row | {"code": row["product."]["code"] or ""} for row in rows}

    def _package_numbers(self, packages: Sequence[int]) -> dict[int, str]:
        rows = self._rpc.read("stock.package", [*packages], "shipping_reference") if packages else []
        return {row["id"]: row["shipping_reference"] or "" for row in rows}


def _units(moves: Iterable[Values]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for move in moves:
        if move["quantity"]:
            found[move["code"].lower()] += int(move["quantity"])
    return dict(found)
