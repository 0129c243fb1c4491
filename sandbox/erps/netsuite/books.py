"""The books: one SQLite database, its ids, its lists, and the functions that queries use."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from sandbox.erps.netsuite import account as setup
from sandbox.erps.netsuite.account import Account
from sandbox.erps.netsuite.analytics import RECORD_TYPES, views
from sandbox.erps.netsuite.clock import Clock
from sandbox.erps.netsuite.schema import TABLES

Row = sqlite3.Row


class Books:
    """`home` None: they are gone with the process."""

    def __init__(self, account: Account, home: Path | None = None) -> None:
        self.account, self.clock = account, Clock(account.zone, account.dates)
        there = home is not None and home.exists()
        self.db = sqlite3.connect(home or ":memory:", isolation_level=None, check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA case_sensitive_like = ON")
        if home is not None:
            self.db.execute("PRAGMA journal_mode = WAL")
            self.db.execute("PRAGMA synchronous = NORMAL")
        self._functions()
        if not there:
            with self.change():
                self._begin()

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """All of it or nothing."""
        if self.db.in_transaction:
            yield
            return
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    # --- asking and keeping --------------------------------------------------------------------------------------------

    def all(self, query: str, *values: Any) -> list[Row]:
        return self.db.execute(query, _kept(values)).fetchall()

    def one(self, query: str, *values: Any) -> Row | None:
        found: Row | None = self.db.execute(query, _kept(values)).fetchone()
        return found

    def run(self, query: str, *values: Any) -> int:
        return self.db.execute(query, _kept(values)).rowcount

    def insert(self, table: str, **values: Any) -> None:
        names = ", ".join(values)
        self.run(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})", *values.values())

    def update(self, table: str, id: int, **values: Any) -> None:
        self.run(
            f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in values)} WHERE id = ?",
            *values.values(),
            id,
        )

    def next(self, name: str) -> int:
        """The next number of a sequence, such as the ids of transactions."""
        row = self.one("UPDATE _seq SET last = last + 1 WHERE name = ? RETURNING last", name)
        assert row is not None, name
        return int(row["last"])

    def listed(self, kind: str, id: object) -> Row | None:
        """An entry of one of the lists that its administrator keeps."""
        return self.one("SELECT * FROM _list WHERE kind = ? AND id = ?", kind, id)

    def named(self, kind: str, name: str) -> int:
        row = self.one("SELECT id FROM _list WHERE kind = ? AND name = ?", kind, name)
        assert row is not None, f"no {kind} is called {name}"
        return int(row["id"])

    def summed(self, query: str, *values: Any) -> Decimal:
        """The one amount that a query adds up. The database counts in binary, of which a cent's thousandth may be left."""
        found = self.one(query, *values)
        return Decimal(str((found[0] if found else 0) or 0)).quantize(Decimal("0.01"))

    def decimals(self, currency: int) -> Decimal:
        row = self.one("SELECT decimals FROM _currency WHERE id = ?", currency)
        assert row is not None
        return Decimal(1).scaleb(-row["decimals"])

    # --- beginning -----------------------------------------------------------------------------------------------------

    def _functions(self) -> None:
        make, clock = self.db.create_function, self.clock
        make("NS_TIME", 1, clock.shown, deterministic=True)
        make("NS_DAY", 1, clock.day, deterministic=True)
        make("TO_CHAR", -1, clock.written, deterministic=True)
        make("TO_DATE", -1, clock.read, deterministic=True)
        make("TO_TIMESTAMP", -1, clock.read, deterministic=True)
        make("NS_NOW", 0, lambda: clock.shown(clock.now()))
        make("TO_NUMBER", 1, lambda value: None if value is None else float(value), deterministic=True)

    def _begin(self) -> None:
        for statement in (TABLES + views()).split(";\n"):
            if statement.strip():
                self.db.execute(statement)
        for name, first in (("tran", 5000), ("entity", 700), ("item", 100), ("key", 0), ("address", 300)):
            self.insert("_seq", name=name, last=first)
        for name in RECORD_TYPES:
            self.insert("_seq", name=name, last=100)
        self._money()
        self._lists()
        self._items()

    def _money(self) -> None:
        now = self.clock.now()
        for id, (symbol, name, decimals, rate) in enumerate(setup.CURRENCIES, 1):
            self.insert("_currency", id=id, symbol=symbol, name=name, decimals=decimals, rate=rate)
            if symbol != setup.BASE:
                self.insert("_rate", currency=id, day="2020-01-01", rate=rate, changed=now)

    def _lists(self) -> None:
        self.list("subsidiary", [self.account.company], currency=1, country="DE", iselimination="F")
        self.list("location", setup.LOCATIONS, subsidiary=1)
        self.list("department", setup.DEPARTMENTS)
        self.list("classification", setup.CLASSES)
        self.list("pricelevel", setup.PRICE_LEVELS, isonline="T")
        self.list("paymentmethod", setup.PAYMENT_METHODS)
        self.list("shipitem", setup.SHIP_ITEMS, first=40)
        for id, (name, number, kind) in enumerate(
            (("Checking", "1000", "Bank"), ("Undeposited Funds", "1010", "Bank")), 1
        ):
            self.list("account", [name], first=id, acctnumber=number, accttype=kind)
        if self.account.suite_tax:
            self.list("taxtype", ["VAT"], country="DE")
        for id, (name, rate) in enumerate(setup.TAX_CODES, 20):
            self.list("taxcode", [name], first=id, rate=rate, taxtype=1 if self.account.suite_tax else None)

    def _items(self) -> None:
        for code in setup.CHARGES:
            self.item(code, code.replace("-", " ").title(), type="Service")
        self.item("DISCOUNT", "Discount", type="Discount")

    def list(self, kind: str, names: Iterable[str], *, first: int = 1, **more: object) -> None:
        """Adds entries to a list, numbered from `first` on."""
        said = json.dumps({name: value for name, value in more.items() if value is not None})
        for id, name in enumerate(names, first):
            self.insert("_list", kind=kind, id=id, name=name, more=said)

    def item(self, code: str, title: str, *, type: str = "InvtPart", **more: Any) -> int:
        """A person sets up something to sell."""
        now, id = self.clock.now(), self.next("item")
        self.insert(
            "_item", id=id, itemid=code, displayname=title, type=type, created=now, changed=now, **more
        )
        if type == "InvtPart":
            self.insert("_stock", item=id, location=1, changed=now)
        return id


def _kept(values: Iterable[Any]) -> list[Any]:
    return [_one(value) for value in values]


def _one(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bool):
        return "T" if value else "F"
    return json.dumps(value) if isinstance(value, Mapping | list) else value
