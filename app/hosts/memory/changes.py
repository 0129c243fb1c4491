"""What happens to the demo ERP's documents after they were made: that they changed, in which order, and that goods have left."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

_COLUMNS = {"revision": "0", "shipped": "0", "changed": "0"}
_NEXT = "(SELECT coalesce(max(changed), 0) + 1 FROM document)"
_TRIGGERS = f"""
CREATE INDEX IF NOT EXISTS document_changed ON document (changed);
CREATE TRIGGER IF NOT EXISTS document_made AFTER INSERT ON document BEGIN
  UPDATE document SET changed = {_NEXT} WHERE id = NEW.id; END;
CREATE TRIGGER IF NOT EXISTS document_moved AFTER UPDATE OF status, body, invoice, shipped ON document BEGIN
  UPDATE document SET changed = {_NEXT} WHERE id = NEW.id; END;
CREATE TRIGGER IF NOT EXISTS document_paid AFTER INSERT ON payment BEGIN
  UPDATE document SET changed = {_NEXT} WHERE id = NEW.document; END;
"""  # noqa: S608 - built of constants


def grow(db: sqlite3.Connection, columns: Collection[str]) -> None:
    """Books that were begun before any of this get it."""
    for name, value in _COLUMNS.items():
        if name not in columns:
            db.execute(f"ALTER TABLE document ADD COLUMN {name} INTEGER NOT NULL DEFAULT {value}")
    db.executescript(_TRIGGERS)


def since(db: sqlite3.Connection, after: int | None, limit: int) -> list[sqlite3.Row]:
    if after is None:
        return db.execute("SELECT * FROM document ORDER BY changed DESC LIMIT 1").fetchall()
    query = "SELECT * FROM document WHERE changed > ? ORDER BY changed LIMIT ?"
    return db.execute(query, (after, limit)).fetchall()


def gone(document: sqlite3.Row) -> bool:
    """Whether its goods have left the house."""
    return document["status"] == "posted" or bool(document["shipped"])
