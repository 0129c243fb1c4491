"""The demo ERP's products: groups of items, what changed since when, and how an ERP that has lost its mind lists them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from app.hosts.memory.posting import Refusal
from app.hosts.memory.wire import Ware, Wares

_PAGE = 200
_SCHEMA = """
CREATE TABLE IF NOT EXISTS ware (
  sku TEXT PRIMARY KEY, grp TEXT NOT NULL, active INTEGER NOT NULL, changed_at TEXT NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS ware_changed ON ware (changed_at, sku);
CREATE INDEX IF NOT EXISTS ware_group ON ware (grp);
"""

Says = Literal["all", "half", "nothing", "garbage"]


class Assortment:
    """Rows of the ledger's own file."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._db.executescript(_SCHEMA)
        self.silence: Says = "all"

    def page(self, query: Mapping[str, str]) -> Wares:
        """By time of change. Without `since` only what is sold; with it also what is sold no more."""
        since = query.get("since") or ""
        at, _, sku = (query.get("after") or f"{since}\t").partition("\t")
        sold = "" if since else " AND active"
        rows = self._db.execute(
            f"SELECT * FROM ware WHERE (changed_at, sku) > (?, ?) AND changed_at >= ?{sold}"  # noqa: S608 - a constant
            " ORDER BY changed_at, sku LIMIT ?",
            (at, sku, since, _PAGE),
        ).fetchall()
        full = f"{rows[-1]['changed_at']}\t{rows[-1]['sku']}" if len(rows) == _PAGE else None
        return Wares(wares=tuple(self._told([_shown(row) for row in rows])), next=full)

    def group(self, name: str) -> Wares:
        rows = self._db.execute("SELECT * FROM ware WHERE grp = ? ORDER BY sku", (name,)).fetchall()
        if not rows:
            raise Refusal(404, "group.not_found", "There is no such group.")
        return Wares(wares=tuple(_shown(row) for row in rows))

    def put(self, wares: Sequence[Ware]) -> None:
        """Each is changed now, in the order given."""
        self._db.execute("BEGIN IMMEDIATE")
        for ware in wares:
            at = datetime.now(UTC).isoformat(timespec="microseconds")
            body = msgspec.json.encode(msgspec.structs.replace(ware, changed_at=at))
            self._db.execute(
                "INSERT INTO ware (sku, grp, active, changed_at, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (sku)"
                " DO UPDATE SET grp = excluded.grp, active = excluded.active, changed_at = excluded.changed_at,"
                " body = excluded.body",
                (ware.sku, ware.group, int(ware.active), at, body),
            )
        self._db.execute("COMMIT")

    def _told(self, wares: Sequence[Ware]) -> Iterator[Ware]:
        match self.silence:
            case "nothing":
                return
            case "half":
                yield from wares[::2]
            case "garbage":
                for ware in wares:
                    yield msgspec.structs.replace(ware, group="", changed_at="yesterday")
            case "all":
                yield from wares


def _shown(row: sqlite3.Row) -> Ware:
    return msgspec.json.decode(row["body"], type=Ware)
