"""The lines of a transaction and their taxes: kept by key, priced by price level, and added up."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.erps.netsuite import keys
from sandbox.erps.netsuite.account import COLUMNS
from sandbox.erps.netsuite.books import Books, Row
from sandbox.erps.netsuite.fields import Body
from sandbox.erps.netsuite.refusals import invalid, missing, user_error

CUSTOM_PRICE = -1
_CUSTOM = frozenset(COLUMNS["transactionline"])


def kept(books: Books, tran: int) -> list[Row]:
    query = "SELECT l.*, i.type, i.itemid FROM _line l JOIN _item i ON i.id = l.item WHERE l.tran = ? ORDER BY l.line"
    return books.all(query, tran)


def write(books: Books, tran: Row, rows: list[Body], *, replaced: bool) -> None:
    """A line is known by its `line`. Those that come without are added, even when they look like one that is there."""
    if replaced:
        gone = {row["line"] for row in kept(books, tran["id"])} - {row.get("line") for row in rows}
        for line in gone:
            books.run("DELETE FROM _line WHERE tran = ? AND line = ?", tran["id"], line)
    for index, row in enumerate(rows):
        path = f"item.items[{index}]"
        there = books.one("SELECT * FROM _line WHERE tran = ? AND line = ?", tran["id"], row.get("line"))
        if there is not None:
            _change(books, tran, there, row, path)
        elif row.get("line") is not None and not replaced:
            raise invalid(f"{path}.line", row["line"])
        else:
            _add(books, tran, row, path)


def _add(books: Books, tran: Row, row: Body, path: str) -> None:
    if row.get("item") is None:
        raise missing("Items")
    item = keys.pointed(books, "item", row["item"], f"{path}.item")
    last = books.one("SELECT COALESCE(MAX(line), 0) AS last FROM _line WHERE tran = ?", tran["id"])
    assert last is not None
    books.run(
        "INSERT INTO _line (tran, line, key, item, quantity, location, department, class) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        tran["id"], last["last"] + 1, tran["id"] * 1000 + last["last"] + 1, item, row.get("quantity", Decimal(1)),
        tran["location"], tran["department"], tran["class"],
    )  # fmt: skip
    added = books.one("SELECT * FROM _line WHERE tran = ? AND line = ?", tran["id"], last["last"] + 1)
    assert added is not None
    _change(books, tran, added, row, path, fresh=True)


def _change(books: Books, tran: Row, there: Row, row: Body, path: str, *, fresh: bool = False) -> None:
    said: dict[str, Any] = {}
    if row.get("item") is not None:
        said["item"] = keys.pointed(books, "item", row["item"], f"{path}.item")
    item = books.one("SELECT * FROM _item WHERE id = ?", said.get("item", there["item"]))
    assert item is not None
    quantity = row.get("quantity", Decimal(str(there["quantity"])))
    if quantity < Decimal(str(there["sent"] or 0)):
        raise user_error("The quantity can't be less than what was fulfilled.", path=f"{path}.quantity")
    said["quantity"] = quantity
    for name, column, to in (("location", "location", "location"), ("department", "department", "department"),
                             ("class", "class", "classification"), ("taxCode", "taxcode", "taxcode")):  # fmt: skip
        if name in row:
            said[column] = keys.pointed(books, to, row[name], f"{path}.{name}")
    if "description" in row:
        said["description"] = row["description"]
    if "taxDetailsReference" in row:
        said["taxref"] = row["taxDetailsReference"]
    if "isClosed" in row:
        said["closed"] = row["isClosed"]
    custom = {name: row[name] for name in _CUSTOM & set(row)}
    if custom:
        said["custom"] = json.loads(there["custom"]) | custom
    if fresh or {"quantity", "rate", "amount", "price", "item"} & set(row):
        said |= _priced(books, tran, there, item, row, quantity, path)
    names = ", ".join(f"{name} = ?" for name in said)
    books.run(
        f"UPDATE _line SET {names} WHERE tran = ? AND line = ?", *said.values(), tran["id"], there["line"]
    )


def _priced(
    books: Books, tran: Row, there: Row, item: Row, row: Body, quantity: Decimal, path: str
) -> dict[str, Any]:
    """What a line costs is the caller's word only at the custom price level; at any other, the price list's."""
    level = keys.pointed(books, "pricelevel", row.get("price"), f"{path}.price") or there["price"]
    listed = _listed(books, tran, item["id"], level or 1)
    own = level == CUSTOM_PRICE or listed is None or item["type"] == "Discount"
    step = books.decimals(tran["currency"])
    if "amount" in row and row["amount"] is not None and (own or "rate" not in row):
        amount = row["amount"].quantize(step, ROUND_HALF_UP)
        rate = row.get("rate") if row.get("rate") is not None else (amount / quantity if quantity else None)
        return {"price": level, "rate": rate, "amount": amount}
    kept_rate = None if there["rate"] is None else Decimal(str(there["rate"]))
    rate = (row.get("rate") if row.get("rate") is not None else kept_rate) if own else listed
    if rate is None:
        raise missing("Amount")
    return {"price": level, "rate": rate, "amount": (rate * quantity).quantize(step, ROUND_HALF_UP)}


def _listed(books: Books, tran: Row, item: int, level: int) -> Decimal | None:
    query = "SELECT price FROM _price WHERE item = ? AND level = ? AND currency = ? AND quantity <= 1"
    found = books.one(query, item, level, tran["currency"])
    return None if found is None else Decimal(str(found["price"]))


# --- taxes and totals ----------------------------------------------------------------------------------------------------


def overridden(books: Books, tran: int, rows: list[Body]) -> None:
    """SuiteTax: the tax is what the caller says, line by line, each naming a line of the document by its reference."""
    if not books.account.suite_tax:
        raise user_error(
            "The field taxDetails is not available: the SuiteTax feature is not enabled.", path="taxDetails"
        )
    known = {row["taxref"] for row in kept(books, tran) if row["taxref"]}
    books.run("DELETE FROM _taxline WHERE tran = ?", tran)
    for index, row in enumerate(rows):
        path = f"taxDetails.items[{index}]"
        if row.get("taxDetailsReference") not in known:
            raise invalid(f"{path}.taxDetailsReference", row.get("taxDetailsReference"))
        if row.get("taxType") is None or row.get("taxCode") is None or row.get("taxAmount") is None:
            raise missing("Tax Type", "Tax Code", "Tax Amount")
        books.insert(
            "_taxline", tran=tran, line=index + 1, ref=row["taxDetailsReference"],
            taxtype=keys.pointed(books, "taxtype", row["taxType"], f"{path}.taxType"),
            taxcode=keys.pointed(books, "taxcode", row["taxCode"], f"{path}.taxCode"),
            basis=row.get("taxBasis"), rate=row.get("taxRate"), amount=row["taxAmount"], net=row.get("netAmount"),
        )  # fmt: skip


def total(books: Books, tran: int) -> None:
    """Adds up; where nobody overrides the taxes, the account's own engine says what they are."""
    head = books.one("SELECT * FROM _tran WHERE id = ?", tran)
    assert head is not None
    rows = kept(books, tran)
    step = books.decimals(head["currency"])
    if head["override"] != "T":
        _computed(books, head, rows, step)
    taxes = books.all("SELECT amount FROM _taxline WHERE tran = ?", tran)
    net = sum((Decimal(str(row["amount"] or 0)) for row in rows), Decimal(0))
    tax = sum((Decimal(str(row["amount"])) for row in taxes), Decimal(0)).quantize(step, ROUND_HALF_UP)
    shipping = Decimal(str(head["shipcost"] or 0))
    if net + shipping + tax < 0:
        raise user_error("The total can not be negative.", path="total")
    books.update(
        "_tran", tran, subtotal=net.quantize(step), tax=tax, total=(net + shipping + tax).quantize(step)
    )


def _computed(books: Books, head: Row, rows: list[Row], step: Decimal) -> None:
    books.run("DELETE FROM _taxline WHERE tran = ?", head["id"])
    by_code: dict[int | None, Decimal] = {}
    for row in rows:
        by_code[row["taxcode"]] = by_code.get(row["taxcode"], Decimal(0)) + Decimal(str(row["amount"] or 0))
    for index, (code, basis) in enumerate(by_code.items(), 1):
        rate = _rate(books, code)
        if rate:
            amount = (basis * rate / 100).quantize(step, ROUND_HALF_UP)
            books.insert(
                "_taxline",
                tran=head["id"],
                line=index,
                taxcode=code,
                basis=basis,
                rate=rate,
                amount=amount,
                net=basis,
            )


def _rate(books: Books, code: int | None) -> Decimal:
    if code is None:
        return books.account.tax_percent if books.account.suite_tax else Decimal(0)
    found = books.listed("taxcode", code)
    return Decimal(json.loads(found["more"])["rate"]) if found else Decimal(0)
