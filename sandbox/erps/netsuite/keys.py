"""References: what a body points at must be there; external ids are one space for each family of records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.erps.netsuite.books import Books
from sandbox.erps.netsuite.refusals import invalid, nowhere, user_error

_FAMILIES = {"customer": "entity", "item": "item"}
_LISTS = {
    "subsidiary",
    "location",
    "department",
    "classification",
    "paymentmethod",
    "shipitem",
    "taxcode",
    "taxtype",
    "account",
}

NOT_TAXABLE = "-8"
"""The tax code that every account without SuiteTax has for lines without tax."""


def family(type: str) -> str:
    """Records of one family share their external ids: entities, items, and every kind of transaction."""
    return _FAMILIES.get(type, "transaction")


def claim(books: Books, type: str, id: int, external: str | None) -> None:
    """Notes whose external id it is; another record's is refused."""
    if external is None:
        return
    there = books.one("SELECT type, id FROM _ext WHERE family = ? AND value = ?", family(type), external)
    if there is None:
        books.run("DELETE FROM _ext WHERE family = ? AND id = ?", family(type), id)
        books.insert("_ext", family=family(type), value=external, type=type, id=id)
    elif there["id"] != id:
        raise user_error("This record already exists.", path="externalId")


def freed(books: Books, type: str, id: int) -> None:
    books.run("DELETE FROM _ext WHERE family = ? AND id = ?", family(type), id)


def instance(books: Books, type: str, id: str) -> int:
    """The internal id of what a path names: `12` or `eid:KEY`."""
    if id.startswith("eid:"):
        row = books.one(
            "SELECT id FROM _ext WHERE family = ? AND value = ? AND type = ?", family(type), id[4:], type
        )
        if row is None:
            raise nowhere(type, id)
        return int(row["id"])
    if not id.isdigit():
        raise nowhere(type, id)
    return int(id)


def pointed(books: Books, to: str, value: str | Mapping[str, str] | None, path: str) -> int | None:
    """The internal id that a reference means, or a refusal that names the field."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        row = books.one("SELECT id FROM _ext WHERE family = ? AND value = ?", family(to), value["externalId"])
        if row is None:
            raise invalid(path, value["externalId"])
        return int(row["id"])
    if to == "pricelevel" and value == "-1":
        return -1
    if to == "taxcode" and value == NOT_TAXABLE and not books.account.suite_tax:
        return int(value)
    if not value.isdigit() or _found(books, to, int(value)) is None:
        raise invalid(path, value)
    return int(value)


def _found(books: Books, to: str, id: int) -> Any:
    if to in _LISTS or to == "pricelevel":
        row = books.listed(to, id)
        return row if row is not None and row["inactive"] == "F" else None
    if to == "currency":
        return books.one("SELECT id FROM _currency WHERE id = ?", id)
    if to == "customer":
        return books.one("SELECT id FROM _customer WHERE id = ? AND inactive = 'F'", id)
    if to == "item":
        return books.one("SELECT id FROM _item WHERE id = ? AND inactive = 'F'", id)
    return books.one("SELECT id FROM _tran WHERE id = ?", id)
