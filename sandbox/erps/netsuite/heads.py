"""What every transaction has: its number, its family's external id, whose it is, and how it is shown to the record service."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from sandbox.erps.netsuite import customers, keys
from sandbox.erps.netsuite.account import COLUMNS
from sandbox.erps.netsuite.analytics import RECORD_TYPES, TYPES
from sandbox.erps.netsuite.books import Books, Row
from sandbox.erps.netsuite.clock import iso
from sandbox.erps.netsuite.fields import Body
from sandbox.erps.netsuite.lines import kept
from sandbox.erps.netsuite.refusals import invalid, missing, nowhere, unknown_field, user_error

NUMBERS = {
    "SalesOrd": "SO", "CashSale": "CS", "CustInvc": "INV", "CustDep": "CD", "CustPymt": "PYMT", "CustCred": "CM",
    "CashRfnd": "CR", "CustRfnd": "RF", "ItemShip": "IF", "DepAppl": "DA",
}  # fmt: skip
_LISTS = {"location": "location", "department": "department", "class": "classification"}
_PLAIN = {
    "memo": "memo", "otherRefNum": "otherrefnum", "email": "email", "tranDate": "trandate", "externalId": "externalid",
    "customForm": "form", "exchangeRate": "rate", "shippingCost": "shipcost", "taxDetailsOverride": "override",
}  # fmt: skip
_KEPT = {"billingAddress", "shippingAddress", *COLUMNS["transaction"]}

STATUS = {
    "SalesOrd": {"A": "Pending Approval", "B": "Pending Fulfillment", "C": "Cancelled", "D": "Partially Fulfilled",
                 "E": "Pending Billing/Partially Fulfilled", "F": "Pending Billing", "G": "Billed", "H": "Closed"},
    "CustInvc": {"A": "Open", "B": "Paid In Full", "V": "Voided"},
    "CashSale": {"B": "Not Deposited", "C": "Deposited", "V": "Voided"},
    "CustDep": {"A": "Not Deposited", "B": "Deposited", "C": "Fully Applied", "R": "Refunded"},
    "CustPymt": {"B": "Not Deposited", "C": "Deposited"},
    "CustCred": {"A": "Open", "B": "Fully Applied", "V": "Voided"},
    "ItemShip": {"A": "Picked", "B": "Packed", "C": "Shipped"},
}  # fmt: skip


def row(books: Books, id: int, type: str | None = None) -> Row:
    found = books.one("SELECT * FROM _tran WHERE id = ?", id)
    if found is None or (type is not None and found["type"] != type):
        raise nowhere(RECORD_TYPES.get(type or "", "transaction"), str(id))
    return found


def begin(
    books: Books, type: str, body: Body, *, customer: int, status: str, source: Row | None = None
) -> int:
    """The head alone. What it is made from lends it whatever the body does not say."""
    buyer = customers.row(books, customer)
    id, now = books.next("tran"), books.clock.now()
    currency = keys.pointed(books, "currency", body.get("currency"), "currency")
    currency = currency or (source["currency"] if source else buyer["currency"])
    subsidiary = (
        keys.pointed(books, "subsidiary", body.get("subsidiary"), "subsidiary") or buyer["subsidiary"]
    )
    if subsidiary != buyer["subsidiary"]:
        raise invalid("subsidiary", subsidiary)
    rate = books.one("SELECT rate FROM _currency WHERE id = ?", currency)
    assert rate is not None
    books.insert(
        "_tran", id=id, type=type, tranid=body.get("tranId") or f"{NUMBERS[type]}{books.next(type)}", entity=customer,
        subsidiary=subsidiary, currency=currency, rate=body.get("exchangeRate") or (source["rate"] if source else rate["rate"]),
        trandate=body.get("tranDate") or books.clock.today(), created=now, changed=now, status=status,
        createdfrom=source["id"] if source else None,
    )  # fmt: skip
    keys.claim(books, RECORD_TYPES[type], id, body.get("externalId"))
    if source is not None:
        inherited = ("location", "department", "class", "otherrefnum", "email", "memo", "more", "form")
        books.update("_tran", id, **{f"{name}": source[name] for name in inherited if name != "class"})
        books.run("UPDATE _tran SET class = ? WHERE id = ?", source["class"], id)
    if "locations" not in books.account.features:
        books.update("_tran", id, location=1)  # the one place that there is
    say(books, id, body)
    return id


def say(books: Books, id: int, body: Body) -> None:
    """Writes what a body says of the head; what it does not name stays."""
    there = row(books, id)
    said = {column: body[name] for name, column in _PLAIN.items() if name in body}
    said |= {name: keys.pointed(books, to, body[name], name) for name, to in _LISTS.items() if name in body}
    said |= _method(books, body)
    if "shipMethod" in body:
        said["shipmethod"] = keys.pointed(books, "shipitem", body["shipMethod"], "shipMethod")
    if "taxDetailsOverride" in body and not books.account.suite_tax:
        raise user_error("The SuiteTax feature is not enabled.", path="taxDetailsOverride")
    more = {name: body[name] for name in _KEPT if name in body}
    if more:
        said["more"] = json.loads(there["more"]) | more
    names = "".join(f", {name} = ?" for name in said)
    books.run(f"UPDATE _tran SET version = version + 1{names} WHERE id = ?", *said.values(), id)


def _method(books: Books, body: Body) -> Body:
    """How it was paid: by one field or the other, as the account has Payment Instruments or not."""
    if body.get("account") is not None:
        keys.pointed(books, "account", body["account"], "account")
    for name in ("paymentMethod", "paymentOption"):
        if body.get(name) is not None:
            if (name == "paymentOption") is not books.account.payment_instruments:
                raise unknown_field(name)
            return {"method": keys.pointed(books, "paymentmethod", body[name], name)}
    return {}


def touch(books: Books, *ids: int) -> None:
    for id in ids:
        books.run("UPDATE _tran SET changed = ?, version = version + 1 WHERE id = ?", books.clock.now(), id)


def customer_of(books: Books, body: Body, name: str = "entity") -> int:
    if body.get(name) is None:
        raise missing("Customer")
    found = keys.pointed(books, "customer", body[name], name)
    assert found is not None
    return found


def shown(books: Books, id: int, type: str, *, expanded: bool) -> dict[str, Any]:
    there = row(books, id, TYPES[type])
    found: dict[str, Any] = {
        "id": str(id),
        "tranId": there["tranid"],
        "externalId": there["externalid"],
        "tranDate": there["trandate"],
        "createdDate": iso(there["created"]),
        "lastModifiedDate": iso(there["changed"]),
        "memo": there["memo"],
        "otherRefNum": there["otherrefnum"],
        "email": there["email"],
        "exchangeRate": there["rate"],
        "subtotal": there["subtotal"],
        "taxTotal": there["tax"],
        "total": there["total"],
        "shippingCost": there["shipcost"],
        "status": _named(there["status"], STATUS.get(there["type"], {}).get(there["status"], "")),
        **json.loads(there["more"]),
    }
    entity = "customer" if type in {"customerDeposit", "customerPayment", "customerRefund"} else "entity"
    refs = {entity: "entity", "currency": "currency", "subsidiary": "subsidiary", "location": "location",
            "department": "department",
            "class": "class", "createdFrom": "createdfrom", "shipMethod": "shipmethod", "customForm": "form"}  # fmt: skip
    found |= {name: _named(there[column]) for name, column in refs.items()}
    found |= {
        "salesOrder": {"orderStatus": _named(there["status"])},
        "itemFulfillment": {"shipStatus": _named(there["shipstatus"])},
    }.get(type, {})
    if type in {"customerDeposit", "customerPayment"}:
        found["payment"] = there["total"]
    if there["method"] is not None:
        found["paymentOption" if books.account.payment_instruments else "paymentMethod"] = _named(
            there["method"]
        )
    if type == "invoice":
        found |= {"amountPaid": float(paid(books, id)), "amountRemaining": float(open_amount(books, there))}
    found |= _sublists(books, there, expanded=expanded)
    lacks = books.account.lacks
    return {name: value for name, value in found.items() if value is not None and name not in lacks}


def paid(books: Books, doc: int) -> Decimal:
    """What was applied to a document by payments, credits and deposits that stand."""
    query = "SELECT SUM(a.amount) FROM _applied a JOIN _tran p ON p.id = a.payer WHERE a.doc = ? AND p.voided = 'F'"
    return books.summed(query, doc)


def open_amount(books: Books, there: Row) -> Decimal:
    return (Decimal(str(there["total"])) - paid(books, there["id"])).quantize(Decimal("0.01"))


def _named(id: object, name: str | None = None) -> dict[str, str] | None:
    return None if id is None else {"id": str(id)} | ({"refName": name} if name else {})


def _sublists(books: Books, there: Row, *, expanded: bool) -> dict[str, Any]:
    lists = {"item": [line_shown(row) for row in kept(books, there["id"])]}
    applied = books.all("SELECT * FROM _applied WHERE payer = ? ORDER BY line", there["id"])
    if there["type"] in {"CustPymt", "CustCred", "CustRfnd", "DepAppl"}:
        lists["apply"] = [
            {"line": row["line"], "doc": _named(row["doc"]), "apply": True, "amount": row["amount"]}
            for row in applied
        ]
    if there["type"] == "ItemShip":
        packages = books.all("SELECT * FROM _package WHERE tran = ? ORDER BY id", there["id"])
        lists["package"] = [
            {
                "packageTrackingNumber": each["number"],
                "packageDescr": each["descr"],
                "packageWeight": each["weight"],
            }
            for each in packages
        ]
    taxes = books.all("SELECT * FROM _taxline WHERE tran = ? ORDER BY line", there["id"])
    if taxes and books.account.suite_tax:
        lists["taxDetails"] = [
            {"taxDetailsReference": each["ref"], "taxType": _named(each["taxtype"]), "taxCode": _named(each["taxcode"]),
             "taxBasis": each["basis"], "taxRate": each["rate"], "taxAmount": each["amount"], "netAmount": each["net"]}
            for each in taxes
        ]  # fmt: skip
    if not expanded:
        return {name: {"links": []} for name in lists}
    return {
        name: {"items": rows, "count": len(rows), "hasMore": False, "offset": 0, "totalResults": len(rows)}
        for name, rows in lists.items()
    }


def line_shown(row: Row) -> dict[str, Any]:
    found = {
        "line": row["line"], "lineUniqueKey": row["key"], "item": _named(row["item"], row["itemid"]),
        "itemType": _named(row["type"]),
        "quantity": row["quantity"], "rate": row["rate"], "amount": row["amount"], "description": row["description"],
        "price": _named(row["price"]), "location": _named(row["location"]), "isClosed": row["closed"] == "T",
        "orderLine": row["source"], "quantityFulfilled": row["sent"], "quantityBilled": row["billed"],
        "quantityCommitted": row["committed"], "taxDetailsReference": row["taxref"], "taxCode": _named(row["taxcode"]),
        **json.loads(row["custom"]),
    }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}
