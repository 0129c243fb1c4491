"""The people of the account: what they do by hand in it, and what stands in its books, asked past the web services."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from sandbox.erps.netsuite import billing, customers, fulfilling, heads, lines, orders, shelves
from sandbox.erps.netsuite.books import Books, Row
from sandbox.erps.netsuite.fields import Body
from sandbox.erps.netsuite.goods import Goods
from sandbox.erps.netsuite.refusals import Refused as NoEntry
from sandbox.erps.office import Booked, Item, Parcel, Person, Quote, Refused, Sent, Ware

T = TypeVar("T")
_OWED = "(t.type = 'CustInvc' AND t.createdfrom IS NULL AND t.externalid LIKE 'refund-%')"
"""Of an exchange for dearer goods."""
_SOLD = (
    f"(t.type = 'SalesOrd' OR t.type IN ('CashSale', 'CustInvc') AND t.createdfrom IS NULL AND NOT {_OWED})"
)
_BACK = f"""(t.type IN ('CustCred', 'CashRfnd') OR {_OWED} OR t.type = 'CustRfnd' AND NOT EXISTS (
  SELECT 1 FROM _applied a JOIN _tran d ON d.id = a.doc WHERE a.payer = t.id AND d.type = 'CustCred'))"""


class Staff:
    """Implements `Office`."""

    def __init__(self, books: Books) -> None:
        self._books, self._goods = books, Goods(books)

    # --- goods ---------------------------------------------------------------------------------------------------------

    def stock(self, items: Sequence[Item]) -> None:
        self._do(lambda: self._goods.stock(items))

    def free(self) -> Mapping[str, Decimal]:
        return self._goods.free()

    def move(self, units: Mapping[str, Decimal]) -> None:
        self._do(lambda: self._goods.move(units))

    def sell(self, wares: Sequence[Ware]) -> None:
        self._do(lambda: self._goods.sell(wares))

    def price(self, prices: Mapping[str, Decimal], *, currency: str, tier: str) -> None:
        self._do(lambda: self._goods.price(prices, currency=currency, tier=tier))

    def quote(self, quotes: Sequence[Quote]) -> None:
        self._do(lambda: self._goods.quote(quotes))

    # --- documents -----------------------------------------------------------------------------------------------------

    def orders(self, external_id: str | None = None) -> Sequence[Booked]:
        return [self._order(row) for row in self._keyed(_SOLD, external_id)]

    def credits(self, external_id: str | None = None) -> Sequence[Booked]:
        return [self._credit(row) for row in self._keyed(_BACK, external_id)]

    def cancel(self, order: str) -> None:
        def act() -> None:
            there = heads.row(self._books, int(order))
            if there["type"] == "SalesOrd":
                orders.close(self._books, there["id"])
            else:
                billing.void(self._books, there["id"])

        self._do(act)

    def ship(self, order: str, parcel: Parcel) -> str:
        def act() -> int:
            there = heads.row(self._books, int(order))
            if there["type"] != "SalesOrd":
                raise Refused("The goods left with the sale itself.")
            body: Body = {"shipStatus": "C", "item": self._packed(there["id"], parcel.units)}
            numbers = [each for each in parcel.numbers if each] or ([""] if parcel.carrier else [])
            body["package"] = [
                {
                    "packageTrackingNumber": each or None,
                    "packageDescr": parcel.carrier or None,
                    "packageWeight": Decimal(1),
                }
                for each in numbers
            ]
            return fulfilling.of_order(self._books, there["id"], body, frozenset())

        return str(self._do(act))

    def shipments(self) -> Sequence[Sent]:
        """What is not shipped any more was called off."""
        query = (
            "SELECT s.*, o.externalid AS ordered FROM _tran s JOIN _tran o ON o.id = s.createdfrom "
            "WHERE s.type = 'ItemShip' AND o.externalid IS NOT NULL ORDER BY s.id"
        )
        found = []
        for row in self._books.all(query):
            packages = self._books.all(
                "SELECT number FROM _package WHERE tran = ? AND number IS NOT NULL ORDER BY id", row["id"]
            )
            numbers = tuple(each["number"] for each in packages)
            found.append(
                Sent(id=str(row["id"]), external_id=row["ordered"], alive=row["shipstatus"] == "C",
                     units=self._units(row["id"]), numbers=numbers,
                     key=row["externalid"])
            )  # fmt: skip
        return found

    def track(self, shipment: str, numbers: Sequence[str]) -> None:
        def act() -> None:
            there = heads.row(self._books, int(shipment), "ItemShip")
            carriers = self._books.all("SELECT descr FROM _package WHERE tran = ? ORDER BY id", there["id"])
            descr = carriers[0]["descr"] if carriers else None
            rows: list[Body] = [
                {"packageTrackingNumber": each, "packageDescr": descr, "packageWeight": Decimal(1)}
                for each in numbers
            ]
            fulfilling.packages(self._books, there["id"], rows, replaced=True)
            heads.touch(self._books, there["id"])

        self._do(act)

    def recall(self, shipment: str) -> None:
        """A person sets the fulfilment back to packed."""

        def act() -> None:
            fulfilling.mark(self._books, int(shipment), "B")
            heads.touch(self._books, int(shipment))

        self._do(act)

    # --- people --------------------------------------------------------------------------------------------------------

    def enter(self, person: Person) -> None:
        def act() -> int:
            named = f"{person.first_name} {person.last_name} {person.email}"
            body: Body = {
                "isPerson": True, "firstName": person.first_name or "-", "lastName": person.last_name or "-", "entityId": named,
                "email": person.email, "phone": person.phone, "subsidiary": "1",
            }  # fmt: skip
            if person.street:
                place = {"addr1": person.street, "city": person.city, "country": person.country or None}
                body["addressBook"] = [
                    {"defaultShipping": True, "defaultBilling": True, "addressBookAddress": place}
                ]
            return customers.create(self._books, body)

        self._do(act)

    def change(self, person: Person) -> None:
        def act() -> None:
            there = self._books.one("SELECT id FROM _customer WHERE LOWER(email) = ?", person.email.lower())
            if there is None:
                raise Refused("There is no such customer.")
            body: Body = {} if person.phone is None else {"phone": person.phone}
            if person.street is not None:
                main = self._books.one(
                    "SELECT id FROM _address WHERE customer = ? ORDER BY shipping DESC, id", there["id"]
                )
                said = {"addr1": person.street} | ({"city": person.city} if person.city else {})
                said |= {"country": person.country} if person.country else {}
                line: Body = {"defaultShipping": True, "addressBookAddress": said}
                body["addressBook"] = [line | ({"id": main["id"]} if main else {"defaultBilling": True})]
            customers.update(self._books, there["id"], body, frozenset())

        self._do(act)

    def people(self) -> Sequence[Person]:
        found = []
        for row in self._books.all("SELECT * FROM _customer WHERE email IS NOT NULL ORDER BY id"):
            query = "SELECT fields FROM _address WHERE customer = ? ORDER BY shipping DESC, id"
            main = self._books.one(query, row["id"])
            place = json.loads(main["fields"]) if main else {}
            found.append(
                Person(email=row["email"], first_name=row["firstname"] or "", last_name=row["lastname"] or "", phone=row["phone"],
                       street=place.get("addr1"), city=place.get("city") or "", country=place.get("country") or "")
            )  # fmt: skip
        return found

    def wipe(self) -> None:
        def act() -> None:
            for table in ("_applied", "_package", "_taxline", "_line", "_tran", "_address", "_customer"):
                self._books.run(f"DELETE FROM {table}")
            self._books.run("DELETE FROM _ext WHERE family IN ('entity', 'transaction')")
            self._goods.wipe()

        self._do(act)

    # --- what is told --------------------------------------------------------------------------------------------------

    def _keyed(self, which: str, external_id: str | None) -> list[Row]:
        query = f"SELECT t.* FROM _tran t WHERE {which} AND t.externalid IS NOT NULL"
        if external_id is None:
            return self._books.all(f"{query} ORDER BY t.id")
        return self._books.all(f"{query} AND instr(t.externalid, ?) ORDER BY t.id", external_id)

    def _order(self, row: Row) -> Booked:
        rows = lines.kept(self._books, row["id"])
        begun = any(each["sent"] or each["billed"] for each in rows)
        over = row["voided"] == "T" or (row["status"] in {"C", "H"} and not begun)
        return Booked(
            id=str(row["id"]), number=row["tranid"], external_id=row["externalid"],
            real=not over, cancelled=over, total=_positive(row["total"]),
            paid=self._paid(row), currency=self._symbol(row), units=self._units(row["id"]),
            ready=row["type"] == "SalesOrd" and row["status"] in {"B", "D", "E"} and not over,
        )  # fmt: skip

    def _credit(self, row: Row) -> Booked:
        """What was owed in the end of an exchange is an invoice, and no money back: it counts below nothing."""
        over, owed = row["voided"] == "T", row["type"] == "CustInvc"
        paid = (
            row["total"]
            if row["type"] in {"CashRfnd", "CustRfnd"}
            else self._sum(
                "SELECT SUM(amount) FROM _applied a JOIN _tran p ON p.id = a.payer WHERE a.doc = ? AND p.type = 'CustRfnd'",
                row["id"],
            )
        )
        return Booked(
            id=str(row["id"]), number=row["tranid"], external_id=row["externalid"],
            real=not over, cancelled=over, total=_positive(row["total"]) * (-1 if owed else 1),
            paid=_positive(paid), currency=self._symbol(row), units=self._units(row["id"]),
        )  # fmt: skip

    def _paid(self, row: Row) -> Decimal:
        """Deposits for it and payments of its invoices; what a deposit is used for later is no more money.

        Of a payment that carries its key, what is applied to nothing counts as well.
        """
        free = self._sum(
            "SELECT SUM(p.total - COALESCE((SELECT SUM(a.amount) FROM _applied a WHERE a.payer = p.id), 0)) "
            "FROM _tran p JOIN _tran o ON o.id = ? "
            "WHERE p.type = 'CustPymt' AND p.voided = 'F' AND p.externalid LIKE o.externalid || '-pay-%'",
            row["id"],
        )  # fmt: skip
        if row["type"] == "CashSale":
            return _positive(row["total"]) + free
        deposits = self._sum(
            "SELECT SUM(total) FROM _tran WHERE type = 'CustDep' AND createdfrom = ? AND voided = 'F'",
            row["id"],
        )
        paid = self._sum(
            "SELECT SUM(a.amount) FROM _applied a JOIN _tran p ON p.id = a.payer AND p.type = 'CustPymt' "
            "JOIN _tran d ON d.id = a.doc "
            "WHERE d.type = 'CustInvc' AND (d.id = ?1 OR d.createdfrom = ?1)",
            row["id"],
        )  # fmt: skip
        sold = self._sum(
            "SELECT SUM(total) FROM _tran WHERE type = 'CashSale' AND createdfrom = ?", row["id"]
        )
        return deposits + paid + sold + free

    def _sum(self, query: str, id: int) -> Decimal:
        return self._books.summed(query, id)

    def _units(self, tran: int) -> Mapping[str, Decimal]:
        found: Counter[str] = Counter()
        for row in lines.kept(self._books, tran):
            if row["type"] in shelves.FULFILLABLE:
                count = (
                    Decimal(str(row["sent"] or 0)) if row["closed"] == "T" else Decimal(str(row["quantity"]))
                )
                found[row["itemid"]] += count  # type: ignore[assignment]
        return {sku: Decimal(count) for sku, count in found.items() if count}

    def _packed(self, order: int, units: Mapping[str, Decimal] | None) -> list[Body]:
        """The order's open lines, each with what of it is in the parcel."""
        left = None if units is None else dict(units)
        rows: list[Body] = []
        for row in lines.kept(self._books, order):
            due = Decimal(str(row["quantity"])) - Decimal(str(row["sent"] or 0))
            if row["type"] not in shelves.FULFILLABLE or row["closed"] == "T" or due <= 0:
                continue
            taken = due if left is None else min(due, left.get(row["itemid"], Decimal(0)))
            if left is not None:
                left[row["itemid"]] = left.get(row["itemid"], Decimal(0)) - taken
            rows.append(
                {"orderLine": row["line"], "quantity": taken}
                if taken > 0
                else {"orderLine": row["line"], "itemReceive": False}
            )
        return rows

    def _symbol(self, row: Row) -> str:
        found = self._books.one("SELECT symbol FROM _currency WHERE id = ?", row["currency"])
        assert found is not None
        return str(found["symbol"])

    def _do(self, act: Callable[[], T]) -> T:
        try:
            with self._books.change():
                return act()
        except NoEntry as refusal:
            raise Refused(refusal.detail) from refusal


def _positive(value: object) -> Decimal:
    return abs(Decimal(str(value or 0))).quantize(Decimal("0.01"))
