"""The demo ERP's accounts of its customers: what each may owe, and what they owe by its documents."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from decimal import Decimal

from app.hosts.memory.people import People
from app.hosts.memory.posting import Refusal
from app.hosts.memory.wire import Account, Accounts, Customer, Document, Limit

_SCHEMA = """
CREATE TABLE IF NOT EXISTS credit_limit (
  customer INTEGER PRIMARY KEY REFERENCES customer ON DELETE CASCADE, amount TEXT NOT NULL, currency TEXT NOT NULL);
"""
_NOT_OWED = {"draft", "cancelled"}


class AccountBook:
    """Rows of the ledger's own file. An account is in its limit's currency, else in that of the customer's first document."""

    def __init__(
        self, db: sqlite3.Connection, people: People, documents: Callable[[int], Iterable[Document]]
    ) -> None:
        self._db, self._people, self._documents = db, people, documents
        self._db.executescript(_SCHEMA)

    def sought(self, who: Customer) -> Accounts:
        """Whose a document of this buyer would be; of nobody where it would make somebody new."""
        known = self._people.known(who)
        return Accounts(accounts=() if known is None else (self.of(known),))

    def of(self, customer: int) -> Account:
        self._people.get(customer)
        limit = self._limit(customer)
        documents = [each for each in self._documents(customer) if each.status not in _NOT_OWED]
        currency = limit.currency if limit else documents[0].currency if documents else ""
        owed = sum((_owed(each) for each in documents if each.currency == currency), start=Decimal(0))
        return Account(customer=customer, currency=currency, owed=owed, limit=limit.amount if limit else None)

    def allow(self, customer: int, limit: Limit) -> Account:
        if limit.amount < 0:
            raise Refusal(422, "limit.invalid", "A limit is no less than nothing.")
        self._people.get(customer)
        self._db.execute(
            "INSERT INTO credit_limit (customer, amount, currency) VALUES (?, ?, ?)"
            " ON CONFLICT (customer) DO UPDATE SET amount = excluded.amount, currency = excluded.currency",
            (customer, f"{limit.amount:f}", limit.currency),
        )
        return self.of(customer)

    def _limit(self, customer: int) -> Limit | None:
        row = self._db.execute("SELECT * FROM credit_limit WHERE customer = ?", (customer,)).fetchone()
        return Limit(amount=Decimal(row["amount"]), currency=row["currency"]) if row else None


def _owed(document: Document) -> Decimal:
    """What is not paid of it; of a credit, what was not given back yet."""
    rest = document.total - document.paid
    return -rest if document.against is not None else rest
