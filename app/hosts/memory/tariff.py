"""The demo ERP's prices: a list price for each item and one for each group of customers that has its own, page by page."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal

import msgspec
from starlette.datastructures import QueryParams

from app.hosts.memory.posting import Refusal
from app.hosts.memory.wire import Price, Prices

_PAGE = 1_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS price (
  tier TEXT NOT NULL DEFAULT '', item TEXT NOT NULL, price TEXT, currency TEXT NOT NULL, PRIMARY KEY (tier, item)
) WITHOUT ROWID;
"""

Says = Literal["all", "half", "nothing", "zeros", "nulls"]


class Tariff:
    """Rows of the ledger's own file."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._db.executescript(_SCHEMA)
        self.silence: Says = "all"

    def asked(self, query: QueryParams) -> Prices:
        """Of the items that are named, else a page."""
        items = query.getlist("item")
        return self.of(items) if items else self.page(query.get("after") or "", _PAGE)

    def page(self, after: str, limit: int) -> Prices:
        """By tier and item, list prices first; an item that nobody ever priced is not there."""
        tier, _, item = after.partition("\t")
        rows = self._db.execute(
            "SELECT * FROM price WHERE (tier, item) > (?, ?) ORDER BY tier, item LIMIT ?", (tier, item, limit)
        ).fetchall()
        full = f"{rows[-1]['tier']}\t{rows[-1]['item']}" if len(rows) == limit else None
        return Prices(prices=tuple(self._told([_shown(row) for row in rows])), next=full)

    def of(self, items: Sequence[str]) -> Prices:
        marks = ",".join("?" * len(items))
        query = f"SELECT * FROM price WHERE item IN ({marks}) ORDER BY tier, item"  # noqa: S608 - marks only
        return Prices(
            prices=tuple(self._told([_shown(row) for row in self._db.execute(query, tuple(items))]))
        )

    def tiers(self) -> list[str]:
        return [
            row[0]
            for row in self._db.execute("SELECT DISTINCT tier FROM price WHERE tier <> '' ORDER BY tier")
        ]

    def check(self, tier: str | None) -> None:
        """Raises Refusal for one that nothing was ever priced in."""
        query = "SELECT 1 FROM price WHERE tier = ? LIMIT 1"
        if tier and self._db.execute(query, (tier,)).fetchone() is None:
            raise Refusal(422, "tier.unknown", f"There is no price tier {tier[:40]}.")

    def put(self, prices: Sequence[Price]) -> None:
        """What these cost from now on; a price of None is kept as one that nobody says."""
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(
            "INSERT INTO price (tier, item, price, currency) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (tier, item) DO UPDATE SET price = excluded.price, currency = excluded.currency",
            [
                (one.tier or "", one.item, None if one.price is None else f"{one.price:f}", one.currency)
                for one in prices
            ],
        )
        self._db.execute("COMMIT")

    def _told(self, prices: Sequence[Price]) -> Iterator[Price]:
        match self.silence:
            case "nothing":
                return
            case "half":
                yield from prices[::2]
            case "zeros":
                yield from (msgspec.structs.replace(one, price=Decimal(0)) for one in prices)
            case "nulls":
                yield from (msgspec.structs.replace(one, price=None) for one in prices)
            case "all":
                yield from prices


def _shown(row: sqlite3.Row) -> Price:
    price = None if row["price"] is None else Decimal(row["price"])
    return Price(tier=row["tier"] or None, item=row["item"], price=price, currency=row["currency"])
