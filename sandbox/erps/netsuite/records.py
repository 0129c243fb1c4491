"""The record service: one record at a time by its id or our key, sublists by their lines' keys, and one record out of another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.erps.netsuite import billing, customers, fulfilling, heads, keys, money, orders
from sandbox.erps.netsuite.account import Account
from sandbox.erps.netsuite.analytics import TYPES
from sandbox.erps.netsuite.books import Books
from sandbox.erps.netsuite.fields import FIELDS, KEYS, Body, checked
from sandbox.erps.netsuite.refusals import Refused, forbidden, user_error

NAMES = {name.lower(): name for name in FIELDS}
LISTS = {"subsidiary": "subsidiary", "location": "location", "department": "department", "classification": "classification",
         "pricelevel": "pricelevel", "paymentmethod": "paymentmethod", "salestaxitem": "taxcode"}  # fmt: skip
"""What can be read only."""

TRANSFORMS: Mapping[tuple[str, str], Callable[[Books, int, Body, frozenset[str]], int]] = {
    ("salesOrder", "invoice"): lambda b, id, body, r: billing.of_order(b, "CustInvc", id, body, r),
    ("salesOrder", "cashSale"): lambda b, id, body, r: billing.of_order(b, "CashSale", id, body, r),
    ("salesOrder", "itemFulfillment"): fulfilling.of_order,
    ("invoice", "creditMemo"): lambda b, id, body, r: billing.given_back(b, "CustCred", id, body, r),
    ("cashSale", "cashRefund"): lambda b, id, body, r: billing.given_back(b, "CashRfnd", id, body, r),
}


def type_of(word: str) -> str:
    """The record's name as NetSuite writes it; paths may write it in lower case."""
    name = NAMES.get(word.lower())
    if name is None:
        raise Refused(404, "NONEXISTENT_ID", f"Record type '{word}' does not exist.")
    return name


def create(books: Books, type: str, body: Any, *, unknown: str) -> int:
    allowed(books.account, type, edit=True)
    said = checked(type, body, unknown=unknown, lacks=books.account.lacks)
    with books.change():
        if said.get("externalId"):
            _unclaimed(books, type, said["externalId"])
        return _made(books, type, said)


def put(
    books: Books, type: str, external: str, body: Any, replaced: frozenset[str], *, unknown: str
) -> tuple[int, bool]:
    """Creates under our key, or changes what carries it; whether it was made."""
    allowed(books.account, type, edit=True)
    said = checked(type, body, unknown=unknown, lacks=books.account.lacks) | {"externalId": external}
    there = books.one("SELECT type, id FROM _ext WHERE family = ? AND value = ?", keys.family(type), external)
    if there is None:
        with books.change():
            return _made(books, type, said), True
    if there["type"] != type:
        raise user_error("This record already exists.", path="externalId")
    change(books, type, there["id"], body, replaced, unknown=unknown)
    return int(there["id"]), False


def change(books: Books, type: str, id: int, body: Any, replaced: frozenset[str], *, unknown: str) -> None:
    allowed(books.account, type, edit=True)
    said = checked(type, body, unknown=unknown, lacks=books.account.lacks)
    if replaced - set(KEYS):
        raise Refused(400, "INVALID_PARAMETER", "Unknown sublist.", param="replace")
    with books.change():
        match type:
            case "customer":
                customers.update(books, id, said, replaced)
            case "salesOrder":
                orders.update(books, id, said, replaced)
            case "itemFulfillment":
                fulfilling.update(books, id, said, replaced)
            case "cashSale" | "invoice" | "creditMemo" | "cashRefund":
                billing.update(books, TYPES[type], id, said, replaced)
            case _:
                heads.row(books, id, TYPES[type])
                heads.say(books, id, said)
                if "apply" in said:
                    money.apply(books, id, said["apply"])
                heads.touch(books, id)


def transform(
    books: Books, type: str, id: int, to: str, body: Any, replaced: frozenset[str], *, unknown: str
) -> int:
    allowed(books.account, type, edit=False)
    allowed(books.account, to, edit=True)
    made = TRANSFORMS.get((type, to))
    if made is None:
        raise Refused(400, "INVALID_CONTENT", f"A {type} can't be transformed into a {to}.")
    said = checked(to, body, unknown=unknown, lacks=books.account.lacks)
    with books.change():
        heads.row(books, id, TYPES[type])
        if said.get("externalId"):
            _unclaimed(books, to, said["externalId"])
        return made(books, id, said, replaced)


def remove(books: Books, type: str, id: int) -> None:
    allowed(books.account, type, edit=True)
    with books.change():
        if type == "customer":
            if books.one("SELECT id FROM _tran WHERE entity = ?", id):
                raise user_error("This record can't be deleted because it has dependent records.")
            customers.row(books, id)
            books.run("DELETE FROM _address WHERE customer = ?", id)
            books.run("DELETE FROM _customer WHERE id = ?", id)
        else:
            _without(books, type, id)
        keys.freed(books, type, id)


def shown(books: Books, type: str, id: int, *, expanded: bool) -> dict[str, Any]:
    allowed(books.account, type, edit=False)
    if type == "customer":
        return customers.shown(books, id, expanded=expanded)
    return heads.shown(books, id, type, expanded=expanded)


def allowed(account: Account, type: str, *, edit: bool) -> None:
    if type not in (account.role.edit if edit else account.role.view):
        words = "".join(f" {letter}" if letter.isupper() else letter for letter in type).strip().title()
        raise forbidden(f"Transactions -> {words}" if type != "customer" else "Lists -> Customers")


def _made(books: Books, type: str, said: Body) -> int:
    match type:
        case "customer":
            return customers.create(books, said)
        case "salesOrder":
            return orders.create(books, said)
        case "customerDeposit":
            return money.deposit(books, said)
        case "customerPayment":
            return money.payment(books, said)
        case "customerRefund":
            return money.refund(books, said)
        case "itemFulfillment":
            raise Refused(400, "INVALID_CONTENT", "An item fulfillment is made out of a sales order.")
        case _:
            return billing.create(books, TYPES[type], said)


def _unclaimed(books: Books, type: str, external: str) -> None:
    if books.one("SELECT id FROM _ext WHERE family = ? AND value = ?", keys.family(type), external):
        raise user_error("This record already exists.", path="externalId")


def _without(books: Books, type: str, id: int) -> None:
    """Deletes a transaction that nothing stands on."""
    heads.row(books, id, TYPES[type])
    if books.one("SELECT id FROM _tran WHERE createdfrom = ?", id):
        raise user_error(
            "This transaction can't be deleted because it is linked to by one or more transactions."
        )
    if type == "itemFulfillment":
        fulfilling.remove(books, id)
    elif type == "salesOrder":
        orders.close(books, id)
    elif type in {"cashSale", "invoice", "creditMemo", "cashRefund"}:
        billing.void(books, id)
    else:
        money.remove(books, id)
    source = heads.row(books, id)["createdfrom"]
    if type in {"cashSale", "invoice"} and source is not None:
        for row in books.all("SELECT source, quantity FROM _line WHERE tran = ?", id):
            books.run(
                "UPDATE _line SET billed = billed - ? WHERE tran = ? AND line = ?",
                row["quantity"],
                source,
                row["source"],
            )
        orders.follow(books, source)
    for table in ("_line", "_taxline"):
        books.run(f"DELETE FROM {table} WHERE tran = ?", id)
    books.run("DELETE FROM _applied WHERE payer = ?", id)
    books.run("DELETE FROM _tran WHERE id = ?", id)
