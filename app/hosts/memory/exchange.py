"""The demo ERP's exchange rates: what a currency is worth in another from a day on, page by page, and its calls about them."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.hosts.memory.posting import Refusal, decoded
from app.hosts.memory.wire import Quote, Quotes

if TYPE_CHECKING:
    from app.hosts.memory.server import Desk

Served = Callable[[Request], Awaitable[Response]]

_PAGE = 500
_SCHEMA = """
CREATE TABLE IF NOT EXISTS quote (
  day TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL, rate TEXT NOT NULL, PRIMARY KEY (day, source, target)
) WITHOUT ROWID;
"""


class Exchange:
    """Rows of the ledger's own file. A pair is kept one way round."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._db.executescript(_SCHEMA)

    def asked(self, query: QueryParams) -> Quotes:
        try:
            limit = min(int(query.get("limit") or _PAGE), _PAGE)
        except ValueError as cause:
            raise Refusal(422, "query.invalid", "`limit` is a whole number.") from cause
        return self.page(query.get("since") or "", query.get("after") or "", limit)

    def page(self, since: str, after: str, limit: int) -> Quotes:
        """Of `since` and later days, by day and pair."""
        day, source, target = [*after.split("\t"), "", "", ""][:3]
        rows = self._db.execute(
            "SELECT * FROM quote WHERE day >= ? AND (day, source, target) > (?, ?, ?)"
            " ORDER BY day, source, target LIMIT ?",
            (since, day, source, target, limit),
        ).fetchall()
        full = (
            "\t".join(rows[-1][name] for name in ("day", "source", "target")) if len(rows) == limit else None
        )
        return Quotes(quotes=tuple(map(_shown, rows)), next=full)

    def put(self, quotes: Sequence[Quote]) -> None:
        """What counts from these days on."""
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(
            "INSERT INTO quote (day, source, target, rate) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (day, source, target) DO UPDATE SET rate = excluded.rate",
            [(each.day.isoformat(), each.source, each.target, f"{each.rate:f}") for each in quotes],
        )
        self._db.execute("COMMIT")


def routes(desk: Desk, read: Callable[..., Served]) -> list[Route]:
    """`read` serves a call as all others are served."""
    return [Route("/v1/rates", read(desk, "rates", lambda d, r: d.ledger.exchange.asked(r.query_params)))]


def control(desk: Desk, kept: Callable[..., Served], guarded: Callable[..., Served]) -> list[Route]:
    """What a person of the ERP does at its own desk."""
    exchange = desk.ledger.exchange
    rates = kept(exchange.asked, lambda body: exchange.put(decoded(body, Quotes).quotes))
    return [Route("/control/rates", guarded(desk, rates), methods=["GET", "PUT"])]


def _shown(row: sqlite3.Row) -> Quote:
    return Quote(
        day=date.fromisoformat(row["day"]),
        source=row["source"],
        target=row["target"],
        rate=Decimal(row["rate"]),
    )
