"""The people of a simulated Odoo: its `Office`, over the same tables and rules that its API has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sandbox.erps.odoo import catalogue, sales, seed, stock, sums
from sandbox.erps.odoo.methods import Desk
from sandbox.erps.odoo.tables import Record, Tables
from sandbox.erps.odoo.trouble import OdooError
from sandbox.erps.office import Booked, Item, Lacking, Parcel, Person, Quote, Refused, Sent, Ware

_BEGUN = ("draft", "sent")
_VOID = ("draft", "cancel", "canceled")
_WIPED = (
    "sale.order.line", "sale.order", "account.move.line", "account.move", "account.payment", "stock.move", "stock.picking",
    "stock.quant", "product.pricelist.item", "product.product", "product.template", "res.partner", "res.currency.rate",
)  # fmt: skip


class OdooPeople:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @property
    def tables(self) -> Tables:
        return self.desk.tables

    # --- goods -----------------------------------------------------------------------------------------------------

    def stock(self, items: Sequence[Item]) -> None:
        known = catalogue.by_sku(self.tables)
        for item in items:
            number = known.get(item.sku)
            if number is None:
                service = item.stock is None and item.sku in seed.SERVICES
                number = known[item.sku] = seed.product(
                    self.tables, item.sku, item.title, item.price, service=service
                )
            else:
                catalogue.revalue(self.tables, number, item.title, item.price)
            if item.stock is not None and stock.storable(self.tables, number):
                shelf = stock.quant_of(self.tables, number, self._shelf())
                self.tables.write("stock.quant", shelf["id"], {"quantity": item.stock})

    def free(self) -> Mapping[str, Decimal]:
        found: dict[str, Decimal] = {}
        for quant in self.tables.rows["stock.quant"].values():
            if quant["location_id"] == self._shelf():
                sku = self.tables.get("product.product", quant["product_id"])["default_code"]
                found[sku] = quant["quantity"] - quant["reserved_quantity"]
        return found

    def move(self, units: Mapping[str, Decimal]) -> None:
        known = catalogue.by_sku(self.tables)
        for sku, count in units.items():
            quant = stock.quant_of(self.tables, known[sku], self._shelf())
            self.tables.write("stock.quant", quant["id"], {"quantity": quant["quantity"] + count})

    def sell(self, wares: Sequence[Ware]) -> None:
        catalogue.sell(self.tables, wares)

    def price(self, prices: Mapping[str, Decimal], *, currency: str, tier: str) -> None:
        catalogue.price(self.tables, prices, currency=currency, tier=tier)

    def quote(self, quotes: Sequence[Quote]) -> None:
        for each in quotes:
            currency = self._currency(each.currency)
            rows = self.tables.rows["res.currency.rate"].values()
            there = [r["id"] for r in rows if r["currency_id"] == currency and r["name"] == each.day]
            if there:
                self.tables.write("res.currency.rate", there[0], {"rate": each.rate})
            else:
                values = {"currency_id": currency, "name": each.day, "rate": each.rate, "company_id": 1}
                self.tables.create("res.currency.rate", values)

    # --- documents -------------------------------------------------------------------------------------------------

    def orders(self, external_id: str | None = None) -> Sequence[Booked]:
        return [
            self._order(sale)
            for sale in self.tables.rows["sale.order"].values()
            if sale["client_order_ref"] and external_id in (None, sale["client_order_ref"])
        ]

    def credits(self, external_id: str | None = None) -> Sequence[Booked]:
        return [
            self._credit(bill)
            for bill in self.tables.rows["account.move"].values()
            if (bill["ref"] or "").startswith("refund-") and external_id in (None, bill["ref"])
        ]

    def cancel(self, order: str) -> None:
        """Told not to write a mail to the buyer."""
        self._do(lambda: sales.cancel(self.tables, [int(order)], {"disable_cancel_warning": True}))

    def ship(self, order: str, parcel: Parcel) -> str:
        """What is in the parcel is picked, and the delivery is validated; the rest waits in a backorder."""
        sale = self.tables.get("sale.order", int(order))
        ready = [
            row
            for number in sale["picking_ids"]
            if (row := self.tables.get("stock.picking", number))["state"] in stock.OPEN
        ]
        if not ready:
            raise Refused("Nothing is left to deliver.")
        picking = ready[0]
        left = dict(parcel.units) if parcel.units is not None else None
        for number in picking["move_ids"]:
            move = self.tables.get("stock.move", number)
            if move["state"] in ("done", "cancel"):
                continue
            sku = self.tables.get("product.product", move["product_id"])["default_code"]
            wanted = move["product_uom_qty"]
            if left is not None:
                wanted = min(wanted, left.get(sku, Decimal(0)))
                left[sku] = left.get(sku, Decimal(0)) - wanted
            stock.written(self.tables, number, {"quantity": wanted, "picked": wanted > 0})
        carrier = next(
            (n for n, row in self.tables.rows["delivery.carrier"].items() if row["name"] == parcel.carrier),
            None,
        )
        told = {"carrier_tracking_ref": ",".join(parcel.numbers) or None, "carrier_id": carrier}
        self.tables.write("stock.picking", picking["id"], told)
        self._do(lambda: stock.validate(self.tables, [picking["id"]], {"skip_backorder": True}))
        return str(picking["id"])

    def shipments(self) -> Sequence[Sent]:
        return [
            self._sent(row)
            for row in self.tables.rows["stock.picking"].values()
            if row["sale_id"] and row["state"] == "done" and self._outgoing(row)
        ]

    def track(self, shipment: str, numbers: Sequence[str]) -> None:
        self.tables.write("stock.picking", int(shipment), {"carrier_tracking_ref": ",".join(numbers) or None})

    def recall(self, shipment: str) -> None:
        raise Lacking("Odoo calls off no delivery that has left: what comes back is a delivery of its own.")

    # --- people ----------------------------------------------------------------------------------------------------

    def enter(self, person: Person) -> None:
        values = {
            "name": f"{person.first_name} {person.last_name}".strip() or person.email,
            "customer_rank": 1,
        }
        self.tables.create("res.partner", {**values, **self._told(person)})

    def change(self, person: Person) -> None:
        there = [row for row in self._partners() if row["email"].casefold() == person.email.casefold()]
        if not there:
            raise Refused("Nobody has this e-mail address.")
        values = {name: value for name, value in self._told(person).items() if value and name != "email"}
        self.tables.write("res.partner", there[0]["id"], values)

    def people(self) -> Sequence[Person]:
        return [self._person(row) for row in self._partners()]

    def wipe(self) -> None:
        for model in _WIPED:
            self.tables.rows[model].clear()
        seed.services(self.tables)

    # --- how they are told -----------------------------------------------------------------------------------------

    def _order(self, sale: Record) -> Booked:
        total = sums.sale_total(self.tables, sale, {})
        units: defaultdict[str, Decimal] = defaultdict(Decimal)
        for number in sale["order_line"]:
            line = self.tables.get("sale.order.line", number)
            if line["product_id"] and stock.storable(self.tables, line["product_id"]):
                units[self._sku(line["product_id"])] += line["product_uom_qty"]
        open_ones = [
            n for n in sale["picking_ids"] if self.tables.get("stock.picking", n)["state"] in stock.OPEN
        ]
        return Booked(
            id=str(sale["id"]),
            external_id=sale["client_order_ref"],
            real=sale["state"] not in (*_BEGUN, "cancel"),
            cancelled=sale["state"] == "cancel",
            total=total,
            paid=self._paid(sale["client_order_ref"]),
            currency=self._code(sums.sale_currency(self.tables, sale, {})),
            units=dict(units),
            ready=bool(open_ones),
        )

    def _credit(self, bill: Record) -> Booked:
        return Booked(
            id=str(bill["id"]),
            external_id=bill["ref"],
            real=bill["state"] == "posted",
            cancelled=bill["state"] == "cancel",
            total=sums.bill_total(self.tables, bill, {}),
            paid=self._paid(bill["ref"]),
            currency=self._code(bill["currency_id"]),
        )

    def _paid(self, key: str) -> Decimal:
        memo = "memo" if "memo" in self.tables.fields["account.payment"] else "ref"
        rows = self.tables.rows["account.payment"].values()
        mine = [r for r in rows if (r[memo] or "").startswith(f"{key}/") and r["state"] not in _VOID]
        return sum((row["amount"] for row in mine), Decimal(0))

    def _sent(self, picking: Record) -> Sent:
        units: defaultdict[str, Decimal] = defaultdict(Decimal)
        for number in picking["move_ids"]:
            move = self.tables.get("stock.move", number)
            if move["state"] == "done":
                units[self._sku(move["product_id"])] += move["quantity"]
        sale = self.tables.get("sale.order", picking["sale_id"])
        key = next((w for w in (picking["origin"] or "").split() if w.startswith("parcel-")), None)
        return Sent(
            id=str(picking["id"]),
            external_id=sale["client_order_ref"] or "",
            alive=True,
            units=dict(units),
            numbers=tuple(n for n in (picking["carrier_tracking_ref"] or "").split(",") if n),
            key=key,
        )

    def _told(self, person: Person) -> dict[str, Any]:
        country = next(
            (n for n, row in self.tables.rows["res.country"].items() if row["code"] == person.country), None
        )
        return {
            "email": person.email,
            "phone": person.phone,
            "street": person.street,
            "city": person.city or None,
            "country_id": country,
        }

    def _partners(self) -> Iterator[Record]:
        rows = self.tables.rows["res.partner"].values()
        return (row for row in rows if row["email"] and not row["parent_id"])

    def _person(self, row: Record) -> Person:
        first, _, last = (row["name"] or "").rpartition(" ")
        country = self.tables.get("res.country", row["country_id"])["code"] if row["country_id"] else ""
        return Person(
            email=row["email"],
            first_name=first,
            last_name=last,
            phone=row["phone"],
            street=row["street"],
            city=row["city"] or "",
            country=country,
        )

    def _outgoing(self, picking: Record) -> bool:
        return sums.picking_code(self.tables, picking, {}) == "outgoing"

    def _shelf(self) -> int:
        return int(self.tables.get("stock.warehouse", 1)["lot_stock_id"])

    def _sku(self, product: int) -> str:
        return str(self.tables.get("product.product", product)["default_code"])

    def _currency(self, code: str) -> int:
        rows = self.tables.rows["res.currency"]
        return next(number for number, row in rows.items() if row["name"] == code)

    def _code(self, currency: int | None) -> str:
        return str(self.tables.get("res.currency", currency)["name"]) if currency else ""

    def _do(self, work: Any) -> None:
        try:
            with self.tables.transaction():
                work()
        except OdooError as error:
            raise Refused(str(error)) from error
