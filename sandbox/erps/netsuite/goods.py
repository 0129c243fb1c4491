"""What the account's people do with items: counts, products and their variants, prices, exchange rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sandbox.erps.netsuite import shelves
from sandbox.erps.netsuite.account import BASE, CHARGES
from sandbox.erps.netsuite.books import Books, Row
from sandbox.erps.office import Item, Lacking, Quote, Refused, Ware

MAIN = 1
_BASE_PRICE = 1


class Goods:
    """Items of the account, and the shelves of its main location."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def stock(self, items: Sequence[Item]) -> None:
        for item in items:
            there = self._item(item.sku)
            if there is None:
                id = self._books.item(item.sku, item.title)
            else:
                id = there["id"]
                if there["displayname"] != item.title and item.sku not in CHARGES:
                    self._books.update("_item", id, displayname=item.title, changed=self._books.clock.now())
            if item.sku in CHARGES:
                continue
            self._price(id, _BASE_PRICE, BASE, item.price)
            if item.stock is not None:
                onhand = Decimal(str(shelves.shelf(self._books, id, MAIN)["onhand"]))
                shelves.move(self._books, id, MAIN, item.stock - onhand)

    def free(self) -> Mapping[str, Decimal]:
        query = (
            "SELECT i.itemid, s.onhand - s.committed - s.backordered AS free FROM _stock s JOIN _item i ON i.id = s.item "
            "WHERE s.location = ? AND i.type IN ('InvtPart', 'Assembly')"
        )
        return {row["itemid"]: Decimal(str(row["free"])) for row in self._books.all(query, MAIN)}

    def move(self, units: Mapping[str, Decimal]) -> None:
        for sku, count in units.items():
            shelves.move(self._books, self._known(sku)["id"], MAIN, count)

    def sell(self, wares: Sequence[Ware]) -> None:
        """A group is a matrix item, whose children are sold. A class stands for a category, a department for a tag."""
        now = self._books.clock.now()
        for ware in wares:
            top = self._parent(ware)
            there = self._item(ware.sku)
            id = there["id"] if there else self._books.item(ware.sku, ware.title)
            self._books.run(
                "UPDATE _item SET displayname = ?, description = ?, parent = ?, inactive = ?, upc = ?, weight = ?, "
                "cost = ? WHERE id = ?",
                ware.variant or ware.title, ware.description or None, top, not ware.active, ware.barcode,
                ware.weight, ware.cost, id,
            )  # fmt: skip
            # Where none of a group is sold any more its people end the group too.
            alive = self._books.one("SELECT 1 FROM _item WHERE parent = ? AND inactive = 'F'", top)
            self._books.update("_item", top, inactive=alive is None)
            for each in (top, id):
                self._sorted(each, ware, now)
            self._price(id, _BASE_PRICE, BASE, ware.price)

    def price(self, prices: Mapping[str, Decimal], *, currency: str, tier: str) -> None:
        """An item's own change date does not move with its price."""
        level = (
            self._books.one("SELECT id FROM _list WHERE kind = 'pricelevel' AND name = ?", tier)
            if tier
            else None
        )
        if tier and level is None:
            raise Refused(f"There is no price level {tier}.")
        for sku, price in prices.items():
            self._price(self._known(sku)["id"], level["id"] if level else _BASE_PRICE, currency, price)

    def quote(self, quotes: Sequence[Quote]) -> None:
        """Of a company that has a subsidiary with books in that currency: what one of the company's own is worth there."""
        now = self._books.clock.now()
        for quote in quotes:
            currency = self._books.one("SELECT id FROM _currency WHERE symbol = ?", quote.currency)
            if currency is None:
                raise Lacking(f"The account has no {quote.currency}.")
            self._books.run(
                "INSERT INTO _rate (base, currency, day, rate, changed) VALUES (?, 1, ?, ?, ?) "
                "ON CONFLICT (base, currency, day) DO UPDATE SET rate = excluded.rate, changed = excluded.changed",
                currency["id"], quote.day.isoformat(), format(quote.rate, "f"), now,
            )  # fmt: skip

    def wipe(self) -> None:
        for table in ("_price", "_stock", "_member"):
            self._books.run(f"DELETE FROM {table}")
        marks = ", ".join("?" * len(CHARGES))
        self._books.run(f"DELETE FROM _item WHERE type <> 'Discount' AND itemid NOT IN ({marks})", *CHARGES)

    def _item(self, sku: str) -> Row | None:
        return self._books.one("SELECT * FROM _item WHERE itemid = ?", sku)

    def _known(self, sku: str) -> Row:
        there = self._item(sku)
        if there is None:
            raise Refused(f"There is no item {sku}.")
        return there

    def _parent(self, ware: Ware) -> int:
        """It has the group's own name, and lies on no shelf."""
        there = self._item(ware.group)
        id = there["id"] if there else self._books.item(ware.group, ware.title, subtype="Matrix")
        self._books.update("_item", id, displayname=ware.title, description=ware.description or None)
        self._books.run("DELETE FROM _stock WHERE item = ?", id)
        return int(id)

    def _sorted(self, id: int, ware: Ware, now: str) -> None:
        kind, part = (
            self._named("classification", ware.category),
            self._named("department", "".join(ware.tags[:1])),
        )
        self._books.run(
            "UPDATE _item SET class = ?, department = ?, changed = ? WHERE id = ?", kind, part, now, id
        )

    def _named(self, kind: str, name: str) -> int | None:
        """An entry of a list; a new one where there is none of that name."""
        if not name:
            return None
        there = self._books.one("SELECT id FROM _list WHERE kind = ? AND name = ?", kind, name)
        if there:
            return int(there["id"])
        last = self._books.one("SELECT COALESCE(MAX(id), 0) AS last FROM _list WHERE kind = ?", kind)
        assert last is not None
        self._books.list(kind, [name], first=last["last"] + 1)
        return int(last["last"]) + 1

    def _price(self, item: int, level: int, currency: str, price: Decimal) -> None:
        known = self._books.one("SELECT id FROM _currency WHERE symbol = ?", currency)
        if known is None:
            raise Refused(f"The account has no {currency}.")
        self._books.run(
            "INSERT INTO _price (item, level, currency, quantity, price) VALUES (?, ?, ?, 1, ?) "
            "ON CONFLICT (item, level, currency, quantity) DO UPDATE SET price = excluded.price",
            item, level, known["id"], price,
        )  # fmt: skip
