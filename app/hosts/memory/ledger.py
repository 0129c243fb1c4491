"""The demo ERP's books: customers, documents and payments in one SQLite file that survives a killed process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from app.hosts.memory import changes
from app.hosts.memory.accounts import AccountBook
from app.hosts.memory.assortment import Assortment
from app.hosts.memory.dispatch import Dispatch
from app.hosts.memory.exchange import Exchange
from app.hosts.memory.people import People
from app.hosts.memory.posting import Refusal, amounts, check, controlled, placed
from app.hosts.memory.shelves import Shelves
from app.hosts.memory.tariff import Tariff
from app.hosts.memory.wire import Document, Item, Line, NewDocument, Payment, Problem, Revision

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
  id INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, status TEXT NOT NULL, external_id TEXT, reference TEXT,
  customer INTEGER NOT NULL REFERENCES customer, invoice TEXT, created_at TEXT NOT NULL, body BLOB NOT NULL,
  against INTEGER REFERENCES document);
CREATE INDEX IF NOT EXISTS document_external ON document (external_id);
CREATE INDEX IF NOT EXISTS document_reference ON document (reference);
CREATE INDEX IF NOT EXISTS document_created ON document (created_at, id);
CREATE TABLE IF NOT EXISTS payment (
  id INTEGER PRIMARY KEY, document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE, kind TEXT NOT NULL,
  reference TEXT NOT NULL, method TEXT NOT NULL, amount TEXT NOT NULL, at TEXT NOT NULL, UNIQUE (document, reference));
CREATE TABLE IF NOT EXISTS item (code TEXT PRIMARY KEY, title TEXT NOT NULL);
"""
_PREFIXES = {"sales_order": "SO", "cash_sale": "CS", "credit_memo": "CM", "cash_refund": "CR"}
_UNIQUE = "CREATE UNIQUE INDEX IF NOT EXISTS document_external_once ON document (external_id)"
_NUMBER = " ".join(f"WHEN '{kind}' THEN '{prefix}'" for kind, prefix in _PREFIXES.items())
_FILTERS = {
    "number": f"printf('%s-%05d', CASE type {_NUMBER} END, id) = ?",
    "external_id": "external_id = ?",
    "reference": "reference = ?",
    "from": "created_at >= ?",
    "until": "created_at < ?",
}


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What kind of ERP this plays. `fence`: unique, draft or none; `tax`: exact or computed; `items`: any or listed."""

    fence: str = "unique"
    tax: str = "exact"
    items: str = "any"


class Ledger:
    """Every change is one SQLite transaction; calls come one at a time from the server's event loop."""

    def __init__(self, file: Path, rules: Rules) -> None:
        self.rules = rules
        self._db = sqlite3.connect(file, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            self._db.execute(f"PRAGMA {pragma}")
        self.people = People(self._db)
        self._db.executescript(_SCHEMA)
        self._grow()
        self.shelves = Shelves(self._db)
        self.tariff = Tariff(self._db)
        self.accounts = AccountBook(self._db, self.people, self.of_customer)
        self.dispatch = Dispatch(self._db)
        self.assortment = Assortment(self._db)
        self.exchange = Exchange(self._db)
        if rules.fence == "unique":
            self._db.execute(_UNIQUE)

    def _grow(self) -> None:
        """Books that were begun before there were credits, or changes of orders, get their columns."""
        columns = {row["name"] for row in self._db.execute("PRAGMA table_info(document)")}
        if "against" not in columns:
            self._db.execute("ALTER TABLE document ADD COLUMN against INTEGER REFERENCES document")
        changes.grow(self._db, columns)
        self._db.execute("CREATE INDEX IF NOT EXISTS document_against ON document (against)")

    def close(self) -> None:
        self._db.close()

    # --- reading -----------------------------------------------------------------------------------------------------

    def get(self, document: int) -> Document:
        return self._shown(self._row(document))

    def listed(self, where: Mapping[str, str], *, after: int, limit: int) -> list[Document]:
        """Documents in the order they were made; `where` may hold external_id, reference, number, from and until."""
        names = [name for name in _FILTERS if where.get(name)]
        clause = " AND ".join(["id > ?", *(_FILTERS[name] for name in names)])
        query = f"SELECT * FROM document WHERE {clause} ORDER BY id LIMIT ?"  # noqa: S608 - built of constants
        rows = self._db.execute(query, (after, *(where[name] for name in names), limit)).fetchall()
        return [self._shown(row) for row in rows]

    def of_customer(self, customer: int) -> list[Document]:
        rows = self._db.execute("SELECT * FROM document WHERE customer = ? ORDER BY id", (customer,))
        return [self._shown(row) for row in rows.fetchall()]

    def items(self) -> list[Item]:
        rows = self._db.execute("SELECT code, title FROM item ORDER BY code").fetchall()
        return [Item(code=row["code"], title=row["title"]) for row in rows]

    def changed(self, after: int | None, limit: int) -> list[Document]:
        """Documents in the order of their last change; None: only the one that changed last."""
        return [self._shown(row) for row in changes.since(self._db, after, limit)]

    def _row(self, document: int) -> sqlite3.Row:
        row: sqlite3.Row | None = self._db.execute(
            "SELECT * FROM document WHERE id = ?", (document,)
        ).fetchone()
        if row is None:
            raise Refusal(404, "document.not_found", "There is no such document.")
        return row

    def _shown(self, row: sqlite3.Row) -> Document:
        body = _body(row)
        booked = amounts(body.lines, body.currency, self.rules.tax)
        payments = self._payments(row["id"])
        return Document(
            id=row["id"],
            number=f"{_PREFIXES[row['type']]}-{row['id']:05}",
            type=row["type"],
            status=row["status"],
            external_id=row["external_id"],
            reference=row["reference"],
            invoice=row["invoice"],
            created_at=row["created_at"],
            currency=body.currency,
            customer=self.people.named(row["customer"]),
            lines=body.lines,
            payments=payments,
            total=booked.total,
            tax_total=booked.tax,
            paid=placed(sum((p.amount for p in payments), start=booked.total * 0), body.currency),
            against=row["against"],
            revision=row["revision"],
            shipped=bool(row["shipped"]),
            changed=row["changed"],
            location=body.location,
            note=body.note,
            codes=body.codes,
        )

    def _payments(self, document: int) -> tuple[Payment, ...]:
        rows = self._db.execute(
            "SELECT reference, kind, method, amount, at FROM payment WHERE document = ? ORDER BY id",
            (document,),
        ).fetchall()
        return tuple(msgspec.convert(dict(row), Payment, strict=False) for row in rows)

    def shown(self, problem: Problem, refusal: Refusal) -> Problem:
        """A refusal with what it is about, as it is by now."""
        if refusal.document is not None:
            problem = replace(problem, document=self.get(refusal.document))
        if refusal.customer is not None:
            problem = replace(problem, customer=self.people.get(refusal.customer))
        if refusal.shipment is not None:
            problem = replace(problem, shipment=self.dispatch.get(refusal.shipment))
        return problem

    # --- writing -----------------------------------------------------------------------------------------------------

    def create(self, kind: str, body: NewDocument) -> Document:
        """Books a sales order or a cash sale; a known external id is refused as existing where that is fenced."""
        self._refuse_existing(body.external_id)
        self._check(body)
        extra = controlled(amounts(body.lines, body.currency, self.rules.tax), body.control)
        stored = replace(body, lines=(*body.lines, extra) if extra else body.lines, payments=())
        first = "posted" if kind == "cash_sale" else "draft" if self.rules.fence == "draft" else "open"
        with self._transaction():
            document = self._insert(kind, first, stored)
            for payment in body.payments:
                self._book(document, payment)
            if first == "posted":
                self.shelves.take_out(stored)
        return self.get(document)

    def credit(self, against: int, kind: str, body: NewDocument) -> Document:
        """Books what is given back of a document. A cash refund is final at once, a credit memo has to be posted."""
        self._refuse_existing(body.external_id)
        row = self._changeable(against, "confirmed", "invoiced", "posted")
        billed = _body(row)
        if body.currency != billed.currency:
            raise Refusal(422, "currency.unknown", f"The document is in {billed.currency}.", against)
        self._check(body)
        extra = controlled(amounts(body.lines, body.currency, self.rules.tax), body.control)
        stored = replace(body, lines=(*body.lines, extra) if extra else body.lines, payments=())
        self._check_left(against, billed, stored)
        first = "posted" if kind == "cash_refund" else "draft" if self.rules.fence == "draft" else "open"
        with self._transaction():
            document = self._insert(kind, first, stored, customer=row["customer"], against=against)
            for payment in body.payments:
                self._book(document, payment)
            if first == "posted":
                self.shelves.give_back(billed, stored.goods, sold=changes.gone(row))
        return self.get(document)

    def post(self, document: int) -> Document:
        """A credit memo becomes final: its goods are back, or given up."""
        row = self._changeable(document, "draft", "open", "posted")
        if row["status"] != "posted":
            origin = self._row(row["against"]) if row["against"] else None
            if origin is None:
                raise Refusal(409, "document.no_credit", "Only a credit is posted.", document)
            with self._transaction():
                self._move(document, "posted")
                self.shelves.give_back(_body(origin), _body(row).goods, sold=changes.gone(origin))
        return self.get(document)

    def _check_left(self, against: int, billed: NewDocument, credited: NewDocument) -> None:
        """No more can be given back than was billed."""
        rows = self._db.execute(
            "SELECT body FROM document WHERE against = ? AND status <> 'cancelled'", (against,)
        ).fetchall()
        bodies = [*(_body(row) for row in rows), credited]
        given = sum(amounts(body.lines, body.currency, self.rules.tax).total for body in bodies)
        if given > amounts(billed.lines, billed.currency, self.rules.tax).total:
            raise Refusal(422, "credit.exceeds", "More would be given back than was billed.", against)

    def _insert(
        self, kind: str, status: str, body: NewDocument, *, customer: int | None = None, against: int | None = None
    ) -> int:  # fmt: skip
        made = self._db.execute(
            "INSERT INTO document (type, status, external_id, reference, customer, created_at, body, against)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                kind, status, body.external_id, body.reference, customer or self.people.buyer(body.customer),
                datetime.now(UTC).isoformat(timespec="milliseconds"), msgspec.json.encode(body), against,
            ),
        )  # fmt: skip
        return int(made.lastrowid or 0)

    def put_line(self, document: int, line: Line) -> Document:
        """Adds the line, or replaces the one with its key: the same call twice leaves one."""
        body = _body(self._changeable(document, "draft", "open"))
        changed = replace(body, lines=(*(other for other in body.lines if other.key != line.key), line))
        self._check(changed)
        self._store(document, changed)
        return self.get(document)

    def revise(self, document: int, wanted: Revision) -> Document:
        """New lines for an order that is not billed yet; what it holds of the shelves follows. Only by who saw it last."""
        row = self._unshipped(document, "draft", "open", "confirmed")
        if row["revision"] != wanted.revision:
            raise Refusal(409, "document.revised", "Someone has changed the document meanwhile.", document)
        before = _body(row)
        extra = controlled(amounts(wanted.lines, before.currency, self.rules.tax), wanted.control)
        after = replace(before, lines=(*wanted.lines, extra) if extra else wanted.lines)
        self._check(after)
        with self._transaction():
            self._store(document, after)
            if row["status"] == "confirmed":
                self.shelves.reserve(before, sign=-1)
                self.shelves.reserve(after)
        return self.get(document)

    def _store(self, document: int, body: NewDocument) -> None:
        self._db.execute(
            "UPDATE document SET body = ?, revision = revision + 1 WHERE id = ?",
            (msgspec.json.encode(body), document),
        )

    def confirm(self, document: int) -> Document:
        if self._changeable(document, "draft", "open", "confirmed", "invoiced")["status"] in {
            "draft",
            "open",
        }:
            with self._transaction():
                self._move(document, "confirmed")
                self.shelves.reserve(_body(self._row(document)))
        return self.get(document)

    def ship(self, document: int) -> Document:
        """The goods of an order leave the house; a cash sale's have left already."""
        row = self._changeable(document, "confirmed", "invoiced")
        if not row["shipped"]:
            with self._transaction():
                self._db.execute("UPDATE document SET shipped = 1 WHERE id = ?", (document,))
                self.shelves.reserve(_body(row), sign=-1)
                self.shelves.take_out(_body(row))
        return self.get(document)

    def invoice(self, document: int) -> Document:
        if self._changeable(document, "confirmed", "invoiced")["status"] == "confirmed":
            self._move(document, "invoiced", invoice=f"IN-{document:05}")
        return self.get(document)

    def pay(self, document: int, payment: Payment) -> Document:
        """Books a payment on the invoice, a deposit on the order, money returned on a credit; by its own reference.

        A cash sale holds its money from the start; what is paid beyond it is booked on it like on an invoice.
        """
        states = ("posted",) if payment.kind == "refund" else ("confirmed", "invoiced", "posted")
        row = self._changeable(document, *states)
        if (payment.kind == "refund") != (row["against"] is not None):
            raise Refusal(409, "document.no_credit", "Only on a credit is money returned.", document)
        if any(booked.reference == payment.reference for booked in self._payments(document)):
            raise Refusal(409, "payment.exists", "This payment is already booked.", document)
        if payment.kind != "refund" and (payment.kind == "payment") != (row["status"] != "confirmed"):
            raise Refusal(409, f"document.{row['status']}", f"The document is {row['status']}.", document)
        check(replace(_body(row), payments=(payment,)), self.rules.tax)
        self._book(document, payment)
        return self.get(document)

    def cancel(self, document: int) -> Document:
        row = self._unshipped(document, "draft", "open", "confirmed", "cancelled")
        with self._transaction():
            self._move(document, "cancelled")
            if row["status"] == "confirmed":
                self.shelves.reserve(_body(row), sign=-1)
        return self.get(document)

    def discard(self, document: int) -> None:
        """Removes a draft; one that is gone is fine, anything else is refused."""
        if self._db.execute("SELECT 1 FROM document WHERE id = ?", (document,)).fetchone():
            self._changeable(document, "draft")
            self._db.execute("DELETE FROM document WHERE id = ?", (document,))

    def put_items(self, items: Sequence[Item]) -> None:
        with self._transaction():
            self._db.executemany(
                "INSERT INTO item (code, title) VALUES (?, ?) ON CONFLICT (code) DO UPDATE SET title = excluded.title",
                [(item.code, item.title or item.code) for item in items],
            )

    def wipe(self) -> None:
        with self._transaction():
            for table in ("payment", "document", "customer"):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - a constant
            self.dispatch.wipe()
            self.shelves.release_all()

    # --- rules -------------------------------------------------------------------------------------------------------

    def _refuse_existing(self, external_id: str | None) -> None:
        if self.rules.fence != "unique" or external_id is None:
            return
        row = self._db.execute("SELECT id FROM document WHERE external_id = ?", (external_id,)).fetchone()
        if row is not None:
            raise Refusal(409, "document.exists", "A document with this external id exists.", int(row["id"]))

    def _check(self, body: NewDocument) -> None:
        check(body, self.rules.tax)
        self.tariff.check(body.codes.get("price_level"))
        if self.rules.items == "listed":
            known = {row["code"] for row in self._db.execute("SELECT code FROM item")}
            for line in body.lines:
                if line.item not in known:
                    raise Refusal(422, "item.unknown", f"Item {line.item} does not exist.", item=line.item)

    def _changeable(self, document: int, *states: str) -> sqlite3.Row:
        row = self._row(document)
        if row["status"] not in states:
            raise Refusal(409, f"document.{row['status']}", f"The document is {row['status']}.", document)
        return row

    def _unshipped(self, document: int, *states: str) -> sqlite3.Row:
        row = self._changeable(document, *states)
        if row["shipped"]:
            raise Refusal(409, "document.shipped", "The goods of the document have left.", document)
        return row

    def _book(self, document: int, payment: Payment) -> None:
        self._db.execute(
            "INSERT INTO payment (document, kind, reference, method, amount, at) VALUES (?, ?, ?, ?, ?, ?)",
            (document, payment.kind, payment.reference, payment.method, f"{payment.amount:f}", payment.at),
        )

    def _move(self, document: int, status: str, *, invoice: str | None = None) -> None:
        self._db.execute(
            "UPDATE document SET status = ?, invoice = coalesce(?, invoice) WHERE id = ?",
            (status, invoice, document),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _body(row: sqlite3.Row) -> NewDocument:
    return msgspec.json.decode(row["body"], type=NewDocument)
