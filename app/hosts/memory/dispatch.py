"""The demo ERP's dispatch: what was sent of its documents, from where, and how it is followed.

A document's goods are held on the shelves until all of them have left.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from app.hosts.memory.posting import Refusal
from app.hosts.memory.wire import Correction, Document, NewShipment, Sent, Shipment, Shipments, Track

_SCHEMA = """
CREATE TABLE IF NOT EXISTS shipment (
  id INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL, revision INTEGER NOT NULL UNIQUE,
  updated_at TEXT NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS shipment_of ON shipment (document);
"""
_SHIPPED = ("confirmed", "invoiced", "posted")


class Dispatch:
    """Rows of the ledger's own file. Every change gives a shipment a revision above all others."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._db.executescript(_SCHEMA)

    def get(self, shipment: int) -> Shipment:
        row = self._db.execute("SELECT body FROM shipment WHERE id = ?", (shipment,)).fetchone()
        if row is None:
            raise Refusal(404, "shipment.not_found", "There is no such shipment.")
        return msgspec.json.decode(row["body"], type=Shipment)

    def page(self, *, after: int, since: str, limit: int) -> Shipments:
        """By revision; `since` leaves out what changed before."""
        rows = self._db.execute(
            "SELECT revision, body FROM shipment WHERE revision > ? AND updated_at >= ? ORDER BY revision LIMIT ?",
            (after, since, limit),
        ).fetchall()
        found = tuple(msgspec.json.decode(row["body"], type=Shipment) for row in rows)
        return Shipments(
            shipments=found, last=rows[-1]["revision"] if rows else after, more=len(rows) == limit
        )

    def send(self, document: Document, wanted: NewShipment) -> Shipment:
        """Goods of a document leave: those that are named, or all that are left. Never more than were ordered."""
        if document.against is not None or document.status not in _SHIPPED:
            raise Refusal(
                409, f"document.{document.status}", "Nothing of this document can be sent.", document.id
            )
        self._refuse_existing(document.id, wanted.key)
        left = self._left(document)
        lines = wanted.lines or tuple(
            Sent(line=line.key, item=line.item, quantity=left[line.key])
            for line in document.lines
            if line.kind == "item" and left.get(line.key)
        )
        for line in lines:
            if not 0 < line.quantity <= left.get(line.line, Decimal(0)):
                raise Refusal(422, "shipment.too_much", f"{line.item} has not so much left.", document.id)
        if not lines:
            raise Refusal(409, "shipment.empty", "Nothing is left to send.", document.id)
        cursor = self._db.execute(
            "INSERT INTO shipment (document, revision, updated_at, body) VALUES (?, ?, '', '')",
            (document.id, self._next()),
        )
        number = int(cursor.lastrowid or 0)
        return self._keep(
            Shipment(
                id=number,
                number=f"SH-{number:05}",
                document=document.id,
                external_id=document.external_id,
                state="sent",
                lines=tuple(lines),
                warehouse=wanted.warehouse,
                track=wanted.track,
                sent_at=_now(),
                updated_at="",
                key=wanted.key,
            )
        )

    def correct(self, shipment: int, wanted: Correction) -> Shipment:
        known = self.get(shipment)
        if wanted.seen not in {None, known.updated_at}:
            raise Refusal(409, "document.revised", "Someone has changed the shipment meanwhile.")
        track = Track(numbers=wanted.numbers, carrier=wanted.carrier, urls=wanted.urls)
        return self._keep(replace(known, track=track))

    def cancel(self, shipment: int) -> Shipment:
        """It came back, or never left after all. What is called off already stays as it is."""
        known = self.get(shipment)
        return known if known.state == "cancelled" else self._keep(replace(known, state="cancelled"))

    def has_left(self, document: Document) -> bool:
        """Whether goods of the document are still to be sent."""
        return any(left > 0 for left in self._left(document).values())

    def wipe(self) -> None:
        self._db.execute("DELETE FROM shipment")

    def _keep(self, shipment: Shipment) -> Shipment:
        stamped = replace(shipment, updated_at=_now())
        self._db.execute(
            "UPDATE shipment SET revision = ?, updated_at = ?, body = ? WHERE id = ?",
            (self._next(), stamped.updated_at, msgspec.json.encode(stamped), stamped.id),
        )
        return stamped

    def _next(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(revision), 0) + 1 FROM shipment").fetchone()[0])

    def _left(self, document: Document) -> dict[str, Decimal]:
        left = {line.key: line.quantity for line in document.lines if line.kind == "item"}
        for sent in self.of(document.id):
            for line in sent.lines if sent.state == "sent" else ():
                left[line.line] = left.get(line.line, Decimal(0)) - line.quantity
        return left

    def _refuse_existing(self, document: int, key: str | None) -> None:
        """What was called off makes way for another under its key."""
        known = (each for each in self.of(document) if key is not None and each.key == key)
        for each in known:
            if each.state == "sent":
                raise Refusal(409, "shipment.exists", "This shipment is there already.", shipment=each.id)

    def of(self, document: int) -> Sequence[Shipment]:
        """Everything that was sent of it, called off or not, in the order it was."""
        rows = self._db.execute(
            "SELECT body FROM shipment WHERE document = ? ORDER BY id", (document,)
        ).fetchall()
        return [msgspec.json.decode(row["body"], type=Shipment) for row in rows]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
