"""The demo ERP's customers: found by the caller's key or their e-mail, listed by what changed."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import msgspec

from app.hosts.memory.posting import Refusal
from app.hosts.memory.wire import Customer, KnownPerson, Person, Persons, Sought

_SCHEMA = """
CREATE TABLE IF NOT EXISTS customer (
  id INTEGER PRIMARY KEY, key TEXT UNIQUE, email TEXT COLLATE NOCASE UNIQUE, name TEXT NOT NULL);
"""
_GROWN = {
    "body": "BLOB",
    "updated_at": "TEXT",
    "revision": "INTEGER NOT NULL DEFAULT 0",
    "apart": "INTEGER NOT NULL DEFAULT 0",
}
_FIELDS = ("first_name", "last_name", "phone", "company", "tax_exempt", "addresses")


class People:
    """Rows of the ledger's own file; the ledger's transactions hold these changes too."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._db.executescript(_SCHEMA)
        columns = {row["name"] for row in self._db.execute("PRAGMA table_info(customer)")}
        for name, kind in _GROWN.items():
            if name not in columns:
                self._db.execute(f"ALTER TABLE customer ADD COLUMN {name} {kind}")
        self._db.execute("CREATE INDEX IF NOT EXISTS customer_revision ON customer (revision)")

    def buyer(self, customer: Customer) -> int:
        """One customer per buyer: found, else made. A guest who buys as a person later is one from then on."""
        known = self.known(customer)
        if known is not None:
            if not customer.apart:
                self._joined(known)
            return known
        first, _, last = (customer.name or "Guest").rpartition(" ")
        made = Person(
            key=customer.key, email=customer.email or None, first_name=first or None, last_name=last
        )
        return self._insert(made, apart=customer.apart)

    def _joined(self, id: int) -> None:
        self._db.execute(
            "UPDATE customer SET apart = 0, revision = (SELECT max(revision) + 1 FROM customer) WHERE id = ? AND apart",
            (id,),
        )

    def known(self, customer: Customer) -> int | None:
        """Found by id, by the caller's key, then by e-mail."""
        for column in ("id", "key", "email"):
            value = getattr(customer, column)
            row = self._by(column, value) if value else None
            if row is not None:
                return int(row["id"])
        return None

    def named(self, id: int) -> Customer:
        row = self._by("id", id)
        assert row is not None
        return Customer(id=row["id"], key=row["key"], email=row["email"], name=row["name"])

    def get(self, id: int) -> KnownPerson:
        row = self._by("id", id)
        if row is None:
            raise Refusal(404, "customer.not_found", "There is no such customer.")
        return _shown(row)

    def sought(self, who: Sought) -> Persons:
        found = [
            self._by("key", who.key) if who.key else None,
            self._by("email", who.email) if who.email else None,
        ]
        rows = {row["id"]: row for row in found if row is not None}
        return Persons(customers=tuple(_shown(row) for row in rows.values()))

    def changed(self, after: int, limit: int) -> Persons:
        """The people; not whom a guest's or a company's documents are booked on."""
        rows = self._db.execute(
            "SELECT * FROM customer WHERE revision > ? AND NOT apart ORDER BY revision LIMIT ?",
            (after, limit),
        ).fetchall()
        return Persons(
            customers=tuple(map(_shown, rows)), next=rows[-1]["revision"] if len(rows) == limit else None
        )

    def create(self, person: Person) -> KnownPerson:
        """A key or an e-mail that somebody has is refused, and says who."""
        self._refuse_double(person, but=None)
        return self.get(self._insert(person))

    def change(self, id: int, person: Person) -> KnownPerson:
        """What is None stays; the rest is as it is said."""
        there = self.get(id)
        self._refuse_double(person, but=id)
        self._joined(id)
        told = {name: getattr(there, name) for name in _FIELDS}
        told |= {name: value for name in _FIELDS if (value := getattr(person, name)) is not None}
        kept = Person(key=person.key or there.key, email=person.email or there.email, **told)
        if kept != Person(
            key=there.key, email=there.email, **{name: getattr(there, name) for name in _FIELDS}
        ):
            self._db.execute(
                "UPDATE customer SET key = ?, email = ?, name = ?, body = ?, updated_at = ?, revision = ? WHERE id = ?",
                (*self._row(kept), id),
            )
        return self.get(id)

    def remove(self, id: int) -> None:
        """Who never bought anything may go."""
        self._db.execute("DELETE FROM customer WHERE id = ?", (id,))

    def _insert(self, person: Person, *, apart: bool = False) -> int:
        made = self._db.execute(
            "INSERT INTO customer (key, email, name, body, updated_at, revision, apart) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*self._row(person), apart),
        )
        return int(made.lastrowid or 0)

    def _row(self, person: Person) -> tuple[object, ...]:
        name = " ".join(part for part in (person.first_name, person.last_name) if part)
        (revision,) = self._db.execute("SELECT coalesce(max(revision), 0) + 1 FROM customer").fetchone()
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        shown = name or person.company or person.email or "Guest"
        return person.key, person.email, shown, msgspec.json.encode(person), at, revision

    def _refuse_double(self, person: Person, *, but: int | None) -> None:
        for column, value in (("key", person.key), ("email", person.email)):
            row = self._by(column, value) if value else None
            if row is not None and row["id"] != but:
                raise Refusal(
                    409, "customer.exists", f"Another customer has this {column}.", customer=int(row["id"])
                )

    def _by(self, column: str, value: object) -> sqlite3.Row | None:
        query = f"SELECT * FROM customer WHERE {column} = ?"  # noqa: S608 - a constant
        row: sqlite3.Row | None = self._db.execute(query, (value,)).fetchone()
        return row


def _shown(row: sqlite3.Row) -> KnownPerson:
    body = msgspec.json.decode(row["body"], type=Person) if row["body"] else Person(last_name=row["name"])
    return KnownPerson(
        id=row["id"],
        number=f"C-{row['id']:05}",
        key=row["key"],
        email=row["email"],
        first_name=body.first_name,
        last_name=body.last_name,
        phone=body.phone,
        company=body.company,
        tax_exempt=body.tax_exempt,
        addresses=body.addresses or (),
        updated_at=row["updated_at"] or datetime.now(UTC).isoformat(timespec="milliseconds"),
        revision=row["revision"],
    )
