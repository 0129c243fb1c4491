"""Customers: their names are unique, their addresses are lines with keys, and without a subsidiary none is made."""

from __future__ import annotations

import json
from typing import Any

from sandbox.erps.netsuite import keys
from sandbox.erps.netsuite.books import Books, Row
from sandbox.erps.netsuite.clock import iso
from sandbox.erps.netsuite.fields import Body
from sandbox.erps.netsuite.refusals import invalid, missing, nowhere, user_error

_PLAIN = {
    "firstName": "firstname", "lastName": "lastname", "companyName": "companyname", "email": "email", "phone": "phone",
    "comments": "comments", "creditLimit": "creditlimit",
}  # fmt: skip
_KEPT = {
    "custentity_store_id",
    "taxExempt",
    "resaleNumber",
    "altPhone",
    "mobilePhone",
    "fax",
    "title",
    "salutation",
}


def row(books: Books, id: int) -> Row:
    found = books.one("SELECT * FROM _customer WHERE id = ?", id)
    if found is None:
        raise nowhere("customer", str(id))
    return found


def create(books: Books, body: Body) -> int:
    person = body.get("isPerson") is True
    lacking = [
        label
        for name, label in (("firstName", "First Name"), ("lastName", "Last Name"))
        if person and not body.get(name)
    ]
    if not person and not body.get("companyName"):
        lacking.append("Company Name")
    books_of = body.get("subsidiary") or (None if "subsidiaries" in books.account.features else "1")
    if books_of is None:
        lacking.append("Primary Subsidiary")
    if lacking:
        raise missing(*lacking)
    id, now = books.next("entity"), books.clock.now()
    name = _name(books, body, id, person=person)
    if books.one("SELECT id FROM _customer WHERE entityid = ?", name):
        raise user_error("This entity already exists.", path="entityId")
    books.insert(
        "_customer", id=id, entityid=name, isperson=person, created=now, changed=now,
        subsidiary=keys.pointed(books, "subsidiary", books_of, "subsidiary"),
        currency=keys.pointed(books, "currency", body.get("currency"), "currency") or 1,
    )  # fmt: skip
    keys.claim(books, "customer", id, body.get("externalId"))
    _write(books, id, body)
    _addresses(books, id, body.get("addressBook"), replaced=False)
    return id


def update(books: Books, id: int, body: Body, replaced: frozenset[str]) -> None:
    there = row(books, id)
    if body.get("entityId") and body["entityId"] != there["entityid"]:
        if books.one("SELECT id FROM _customer WHERE entityid = ?", body["entityId"]):
            raise user_error("This entity already exists.", path="entityId")
        books.update("_customer", id, entityid=body["entityId"])
    keys.claim(books, "customer", id, body.get("externalId"))
    if body.get("currency") is not None:
        books.update("_customer", id, currency=keys.pointed(books, "currency", body["currency"], "currency"))
    _write(books, id, body)
    _addresses(books, id, body.get("addressBook"), replaced="addressBook" in replaced)
    books.update("_customer", id, changed=books.clock.now())


def shown(books: Books, id: int, *, expanded: bool) -> dict[str, Any]:
    there = row(books, id)
    found = {
        "id": str(id),
        "entityId": there["entityid"],
        "isPerson": there["isperson"] == "T",
        "externalId": there["externalid"],
        "firstName": there["firstname"],
        "lastName": there["lastname"],
        "companyName": there["companyname"],
        "email": there["email"],
        "phone": there["phone"],
        "comments": there["comments"],
        "isInactive": there["inactive"] == "T",
        "taxable": there["taxable"] == "T",
        "creditLimit": there["creditlimit"],
        "subsidiary": {"id": str(there["subsidiary"]), "refName": books.account.company},
        "currency": {"id": str(there["currency"])},
        "dateCreated": iso(there["created"]),
        "lastModifiedDate": iso(there["changed"]),
        **json.loads(there["more"]),
    }
    rows = books.all("SELECT * FROM _address WHERE customer = ? ORDER BY id", id)
    book = [_address(each) for each in rows]
    found["addressBook"] = (
        {"items": book, "count": len(book), "hasMore": False, "totalResults": len(book)}
        if expanded
        else {"links": []}
    )
    return {
        name: value for name, value in found.items() if value is not None and name not in books.account.lacks
    }


def _name(books: Books, body: Body, id: int, *, person: bool) -> str:
    if books.account.auto_names or body.get("autoName") is True:
        return f"CUST{id}"
    own = f"{body.get('firstName')} {body.get('lastName')}" if person else str(body.get("companyName"))
    return str(body.get("entityId") or own)


def _write(books: Books, id: int, body: Body) -> None:
    said = {column: body[name] for name, column in _PLAIN.items() if name in body}
    if "isInactive" in body:
        said["inactive"] = body["isInactive"]
    if "taxable" in body:
        said["taxable"] = body["taxable"]
    if "externalId" in body:
        said["externalid"] = body["externalId"]
    if "priceLevel" in body:
        said["pricelevel"] = keys.pointed(books, "pricelevel", body["priceLevel"], "priceLevel")
    more = json.loads(row(books, id)["more"]) | {name: body[name] for name in _KEPT if name in body}
    books.update("_customer", id, more=more, **said)


def _addresses(books: Books, id: int, lines: list[Body] | None, *, replaced: bool) -> None:
    """A line without its key is another address, however much it looks like one that is there."""
    if lines is None:
        return
    if replaced:
        books.run("DELETE FROM _address WHERE customer = ?", id)
    for index, line in enumerate(lines):
        key = line.get("id", line.get("internalId"))
        there = (
            books.one("SELECT * FROM _address WHERE id = ? AND customer = ?", key, id)
            if key is not None
            else None
        )
        if key is not None and there is None:
            raise invalid(f"addressBook.items[{index}].internalId", key)
        fields = json.loads(there["fields"]) if there else {}
        fields |= line.get("addressBookAddress") or {}
        fields = {name: value for name, value in fields.items() if value is not None}
        if not there:
            key = books.next("address")
            books.insert("_address", id=key, customer=id, billing="F", shipping="F")
        label = line.get("label") or (there["label"] if there else fields.get("addr1"))
        books.update("_address", int(key or 0), fields=fields, label=label)
        if "isResidential" in line:
            books.update("_address", int(key or 0), residential=line["isResidential"])
        for name, column in (("defaultBilling", "billing"), ("defaultShipping", "shipping")):
            if line.get(name) is True:
                books.run(
                    f"UPDATE _address SET {column} = CASE id WHEN ? THEN 'T' ELSE 'F' END WHERE customer = ?",
                    key,
                    id,
                )


def _address(row: Row) -> dict[str, Any]:
    fields = json.loads(row["fields"])
    if fields.get("country"):
        fields["country"] = {"id": fields["country"], "refName": fields["country"]}
    return {
        "id": row["id"],
        "internalId": row["id"],
        "label": row["label"],
        "isResidential": row["residential"] == "T",
        "defaultBilling": row["billing"] == "T",
        "defaultShipping": row["shipping"] == "T",
        "addressBookAddress": fields,
    }
