"""The books: one SQLite database with a table for every entity, numbers of its series, and what the company had set up."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sandbox.erps.businesscentral import company as setup
from sandbox.erps.businesscentral.company import Company
from sandbox.erps.businesscentral.schema import EMPTY, ENTITIES, STORED

Row = dict[str, Any]
SERIES = {
    "salesOrders": ("S-ORD", 101000), "salesInvoices": ("S-INV", 104000), "posted salesInvoices": ("PS-INV", 103000),
    "salesCreditMemos": ("S-CR", 100), "posted salesCreditMemos": ("PS-CR", 1000), "salesShipments": ("PS-SHPT", 102000),
    "customers": ("C", 10000), "payments": ("PMT", 1000), "generalLedgerEntries": ("", 2000), "itemLedgerEntries": ("", 300),
    "items": ("", 70000),
}  # fmt: skip
_KINDS = {"decimal": "TEXT", "int": "INTEGER", "bool": "INTEGER"}
_SEARCHED = (
    "externalDocumentNumber", "documentId", "orderId", "journalId", "number", "email", "customerId", "itemId", "orderNumber",
    "lastModifiedDateTime", "_order", "_source", "_external", "code",
)  # fmt: skip


class Books:
    """`home` None: they are gone with the process."""

    def __init__(self, company: Company, home: Path | None = None) -> None:
        self.company = company
        there = home is not None and home.exists()
        self.db = sqlite3.connect(home or ":memory:", isolation_level=None, check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA case_sensitive_like = ON")
        if home is not None:
            self.db.execute("PRAGMA journal_mode = WAL")
            self.db.execute("PRAGMA synchronous = NORMAL")
        self._last = datetime.min.replace(tzinfo=UTC)
        if not there:
            with self.change():
                self._begin()

    @contextmanager
    def change(self) -> Iterator[None]:
        """All of it or nothing; inside another change, its own part or nothing of that."""
        inner = self.db.in_transaction
        self.db.execute("SAVEPOINT part" if inner else "BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK TO part" if inner else "ROLLBACK")
            if inner:
                self.db.execute("RELEASE part")
            raise
        self.db.execute("RELEASE part" if inner else "COMMIT")

    def commit(self) -> None:
        """Between two parts of a change: what was done until now stays, whatever comes after it. Posting does so."""
        self.db.execute("COMMIT")
        self.db.execute("BEGIN IMMEDIATE")

    # --- asking and keeping --------------------------------------------------------------------------------------------

    def all(self, set: str, where: str = "1", *values: object, order: str = "rowid") -> list[Row]:
        found = self.db.execute(
            f'SELECT rowid AS _row, * FROM "{set}" WHERE {where} ORDER BY {order}', values
        )
        return [dict(row) for row in found]

    def one(self, set: str, where: str, *values: object) -> Row | None:
        found = self.db.execute(
            f'SELECT rowid AS _row, * FROM "{set}" WHERE {where} LIMIT 1', values
        ).fetchone()
        return None if found is None else dict(found)

    def get(self, set: str, id: str) -> Row | None:
        return self.one(set, "id = ?", id)

    def insert(self, set: str, row: Mapping[str, object]) -> Row:
        """Fields that are not given are empty, as they are in Business Central: never null."""
        fields = ENTITIES[set].fields
        made = {name: row.get(name, EMPTY[each.kind]) for name, each in fields.items()}
        made["id"] = row.get("id") or str(uuid.uuid4())
        if "lastModifiedDateTime" in fields:
            made["lastModifiedDateTime"] = self.now()
        names = ", ".join(f'"{name}"' for name in (*made, "_version"))
        marks = ", ".join("?" * (len(made) + 1))
        self.db.execute(
            f'INSERT INTO "{set}" ({names}) VALUES ({marks})', [*(_kept(v) for v in made.values()), 1]
        )
        return {**made, "_version": 1}

    def update(self, set: str, id: str, **values: object) -> None:
        """Whatever changes gets another version, and is changed now."""
        if "lastModifiedDateTime" in ENTITIES[set].fields:
            values["lastModifiedDateTime"] = self.now()
        told = ", ".join(f'"{name}" = ?' for name in values)
        self.db.execute(
            f'UPDATE "{set}" SET {told}{"," if told else ""} _version = _version + 1 WHERE id = ?',
            [*(_kept(value) for value in values.values()), id],
        )

    def quietly(self, set: str, id: str, **values: object) -> None:
        """What is computed anew, such as what lies on the shelves: nobody changed the row."""
        told = ", ".join(f'"{name}" = ?' for name in values)
        self.db.execute(f'UPDATE "{set}" SET {told} WHERE id = ?', [*(_kept(v) for v in values.values()), id])

    def delete(self, set: str, where: str, *values: object) -> None:
        self.db.execute(f'DELETE FROM "{set}" WHERE {where}', values)

    def archive(self, order: Row) -> None:
        """What is left of an order that is deleted: its people find it among the archived ones; the API has none of them."""
        lines = self.all("salesOrderLines", "documentId = ? AND lineType = 'Comment'", order["id"])
        words = [line["description"] for line in lines]
        self.db.execute(
            "INSERT INTO _archived VALUES (?, ?, ?)", (order["id"], json.dumps(order), json.dumps(words))
        )

    def forget(self) -> None:
        """Clears the archive."""
        self.db.execute("DELETE FROM _archived")

    def archived(self) -> Iterator[tuple[Row, list[str]]]:
        """Each with its lines of words."""
        for order, words in self.db.execute("SELECT header, words FROM _archived ORDER BY rowid"):
            yield json.loads(order), json.loads(words)

    def number(self, series: str) -> str:
        """The next number of a series."""
        found = self.db.execute(
            "UPDATE _series SET last = last + 1 WHERE name = ? RETURNING last", (series,)
        ).fetchone()
        return f"{SERIES[series][0]}{found[0]:05d}"

    def now(self) -> str:
        """Later than whatever was changed before."""
        self._last = max(datetime.now(UTC), self._last + timedelta(milliseconds=1))
        return f"{self._last:%Y-%m-%dT%H:%M:%S}.{self._last.microsecond // 1000:03}Z"

    def today(self) -> str:
        return datetime.now(UTC).date().isoformat()

    def unit(self, currency: str) -> Decimal:
        """What amounts of it are rounded to; empty is the company's own."""
        found = self.one("currencies", "code = ?", currency) if currency else None
        return Decimal(found["amountRoundingPrecision"]) if found else Decimal("0.01")

    # --- beginning -----------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        for set in STORED:
            fields = ENTITIES[set].fields.values()
            columns = ", ".join(f'"{each.name}" {_KINDS.get(each.kind, "TEXT")} NOT NULL' for each in fields)
            self.db.execute(f'CREATE TABLE "{set}" ({columns}, _version INTEGER NOT NULL, PRIMARY KEY (id))')
            for name in _SEARCHED:
                if name in ENTITIES[set].fields:
                    self.db.execute(f'CREATE INDEX "{set} {name}" ON "{set}" ("{name}")')
        self.db.execute(
            "CREATE TABLE _archived (id TEXT PRIMARY KEY, header TEXT NOT NULL, words TEXT NOT NULL)"
        )
        self.db.execute("CREATE TABLE _series (name TEXT PRIMARY KEY, last INTEGER NOT NULL)")
        for name, (_, first) in SERIES.items():
            self.db.execute("INSERT INTO _series VALUES (?, ?)", (name, first))
        self._lists()
        self._money()

    def _lists(self) -> None:
        self.insert("companies", {
            "id": setup.COMPANY, "name": setup.NAME, "displayName": setup.NAME, "systemVersion": "27.0.40000.0",
            "systemCreatedAt": self.now(), "systemModifiedAt": self.now(),
        })  # fmt: skip
        self.insert("companyInformation", {
            "displayName": setup.NAME, "country": "DE", "currencyCode": setup.BASE, "addressLine1": "Musterring 5",
        })  # fmt: skip
        for code, name in setup.SHIPMENT_METHODS:
            self.insert("shipmentMethods", {"code": code, "displayName": name})
        for code, name in setup.LOCATIONS:
            self.insert("locations", {"code": code, "displayName": name, "country": "DE"})
        for code, percent in setup.TAX_CODES:
            self.insert(
                "taxGroups", {"code": code, "displayName": code, "taxType": "VAT", "_percent": percent}
            )
        for code, name in setup.PAYMENT_METHODS:
            self.insert("paymentMethods", {"code": code, "displayName": name})
        for code, name in setup.COUNTRIES:
            self.insert("countriesRegions", {"code": code, "displayName": name})
        for code in setup.POSTING_GROUPS:
            self.insert("generalProductPostingGroups", {"code": code, "description": code.title()})
        self.insert("unitsOfMeasure", {"code": "PCS", "displayName": "Piece"})
        for number, name in (
            *setup.ACCOUNTS,
            *((code, code.replace("-", " ").title()) for code in setup.CHARGES),
        ):
            self.insert("accounts", {
                "number": number, "displayName": name, "category": "Income", "accountType": "Posting", "directPosting": 1,
            })  # fmt: skip

        for number, name, _ in setup.BANKS:
            self.insert("bankAccounts", {"number": number, "displayName": name})

    def _money(self) -> None:
        for code, name, unit, rate in setup.CURRENCIES:
            places = "0:0" if unit == "1" else f"{len(unit) - 2}:{len(unit) - 2}"
            self.insert("currencies", {
                "code": code, "displayName": name, "amountDecimalPlaces": places, "amountRoundingPrecision": unit,
            })  # fmt: skip
            self.rate("2020-01-01", code, Decimal(100), worth=Decimal(rate) * 100)
        for code, name, account in setup.JOURNALS:
            self.insert(
                "customerPaymentJournals", {"code": code, "displayName": name, **self.balancing(account)}
            )

    def balancing(self, number: str) -> Row:
        """What a journal says of what balances it: an account of the ledger by its id too, a bank's by its number alone."""
        there = self.one("accounts", "number = ?", number)
        return {
            "balancingAccountNumber": number,
            "balancingAccountId": there["id"] if there else EMPTY["guid"],
        }

    def rate(self, day: str, currency: str, amount: Decimal, *, worth: Decimal) -> None:
        """From this day on so much of it is worth so much in the company's own."""
        told = {"exchangeRateAmount": amount, "relationalExchangeRateAmount": worth}
        there = self.one("currencyExchangeRates", "currencyCode = ? AND startingDate = ?", currency, day)
        if there is None:
            self.insert(
                "currencyExchangeRates",
                {"currencyCode": currency, "startingDate": day, "relationalCurrencyCode": "", **told},
            )
        else:
            self.update("currencyExchangeRates", there["id"], **told)


def _kept(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    return int(value) if isinstance(value, bool) else value
