"""The demo ERP's warehouses: what lies on the shelves, what confirmed documents hold of it, page by page."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from app.hosts.memory.assortment import Says as ProductSays
from app.hosts.memory.tariff import Says as PriceSays
from app.hosts.memory.wire import Goods, NewDocument, Shelf, Warehouses
from app.hosts.memory.wire import Shelves as Page

DEFAULT = "MAIN"
"""Where a document without a location takes from."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS shelf (
  item TEXT NOT NULL, warehouse TEXT NOT NULL, physical TEXT NOT NULL DEFAULT '0', reserved TEXT NOT NULL DEFAULT '0',
  elsewhere TEXT NOT NULL DEFAULT '0', PRIMARY KEY (item, warehouse)) WITHOUT ROWID;
"""

Says = Literal["all", "half", "nothing", "zeros"]


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the truth lists tell: an ERP that has lost its mind answers with less."""

    stock: Says | None = None
    prices: PriceSays | None = None
    products: ProductSays | None = None


class Shelves:
    """Rows of the ledger's own file; the ledger's transactions hold these changes too."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._db.executescript(_SCHEMA)
        self.silence: Says = "all"

    def page(self, after: str, limit: int) -> Page:
        """By item and warehouse. A shelf that nobody ever put anything on is not there."""
        item, _, warehouse = after.partition("\t")
        rows = self._db.execute(
            "SELECT * FROM shelf WHERE (item, warehouse) > (?, ?) ORDER BY item, warehouse LIMIT ?",
            (item, warehouse, limit),
        ).fetchall()
        full = f"{rows[-1]['item']}\t{rows[-1]['warehouse']}" if len(rows) == limit else None
        return Page(shelves=tuple(self._told([_shown(row) for row in rows])), next=full)

    def of(self, items: Sequence[str]) -> list[Shelf]:
        marks = ",".join("?" * len(items))
        query = f"SELECT * FROM shelf WHERE item IN ({marks}) ORDER BY item, warehouse"  # noqa: S608 - marks only
        return list(self._told([_shown(row) for row in self._db.execute(query, tuple(items))]))

    def warehouses(self) -> list[str]:
        return [row[0] for row in self._db.execute("SELECT DISTINCT warehouse FROM shelf ORDER BY warehouse")]

    def named(self) -> Warehouses:
        return Warehouses(warehouses=tuple(self.warehouses()))

    def put(self, shelves: Sequence[Shelf]) -> None:
        """Counts anew what lies there; what is reserved stays reserved."""
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(
            "INSERT INTO shelf (item, warehouse, physical) VALUES (?, ?, ?)"
            " ON CONFLICT (item, warehouse) DO UPDATE SET physical = excluded.physical",
            [(shelf.item, shelf.warehouse, f"{shelf.physical:f}") for shelf in shelves],
        )
        self._db.execute("COMMIT")

    def move(self, shelves: Sequence[Shelf]) -> None:
        """So much comes in, or goes out below zero, where the item is stocked."""
        self._db.execute("BEGIN IMMEDIATE")
        for shelf in shelves:
            self._add("physical", shelf.item, shelf.warehouse, shelf.physical)
        self._db.execute("COMMIT")

    def reserve(self, document: NewDocument, *, sign: int = 1) -> None:
        for item, warehouse, quantity in _lines(document):
            self._add("reserved", item, warehouse, quantity * sign)
            if document.external_id is None:
                self._add("elsewhere", item, warehouse, quantity * sign)

    def take_out(self, document: NewDocument) -> None:
        for item, warehouse, quantity in _lines(document):
            self._add("physical", item, warehouse, -quantity)

    def give_back(self, billed: NewDocument, goods: Sequence[Goods], *, sold: bool) -> None:
        """`sold`: the goods were taken out when they were billed; else they are still held for the document."""
        places = {line.key: line.location or billed.location or DEFAULT for line in billed.lines}
        for one in goods:
            place = places.get(one.line, DEFAULT)
            if one.restock == "sent":
                self._add("physical", one.item, one.location or billed.location or DEFAULT, -one.quantity)
                continue
            back = (one.location or place) if one.restock == "return" else place
            if not sold:
                self._add("reserved", one.item, place, -one.quantity)
                self._add("physical", one.item, place, -one.quantity)
            if one.restock != "none":
                self._add("physical", one.item, back, one.quantity)

    def release_all(self) -> None:
        self._db.execute("UPDATE shelf SET reserved = '0', elsewhere = '0'")

    def _add(self, column: str, item: str, warehouse: str, quantity: Decimal) -> None:
        """Only where the item is stocked: a service has no shelf."""
        row = self._db.execute(
            f"SELECT {column} FROM shelf WHERE item = ? AND warehouse = ?",  # noqa: S608 - a constant
            (item, warehouse),
        ).fetchone()
        if row is not None:
            self._db.execute(
                f"UPDATE shelf SET {column} = ? WHERE item = ? AND warehouse = ?",  # noqa: S608 - a constant
                (f"{Decimal(row[0]) + quantity:f}", item, warehouse),
            )

    def _told(self, shelves: Sequence[Shelf]) -> Iterator[Shelf]:
        match self.silence:
            case "nothing":
                return
            case "half":
                yield from shelves[::2]
            case "zeros":
                for shelf in shelves:
                    yield Shelf(item=shelf.item, warehouse=shelf.warehouse, physical=Decimal(0))
            case "all":
                yield from shelves


def _lines(document: NewDocument) -> Iterator[tuple[str, str, Decimal]]:
    for line in document.lines:
        if line.kind == "item":
            yield line.item, line.location or document.location or DEFAULT, line.quantity


def _shown(row: sqlite3.Row) -> Shelf:
    physical, reserved = Decimal(row["physical"]), Decimal(row["reserved"])
    return Shelf(
        item=row["item"],
        warehouse=row["warehouse"],
        physical=physical,
        reserved=reserved,
        reserved_elsewhere=Decimal(row["elsewhere"]),
        available=physical - reserved,
    )
