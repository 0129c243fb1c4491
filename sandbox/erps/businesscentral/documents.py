"""Sales orders, invoices and credit memos that are not posted yet: made with their lines, changed and deleted."""

from __future__ import annotations

from decimal import Decimal

from sandbox.erps.businesscentral import company as setup
from sandbox.erps.businesscentral import lines
from sandbox.erps.businesscentral.books import Books, Row
from sandbox.erps.businesscentral.refusals import dialog, wrong_field
from sandbox.erps.businesscentral.schema import EMPTY, ENTITIES
from sandbox.erps.businesscentral.sums import added_up
from sandbox.erps.businesscentral.writing import Body, pointed, taken

DAY = {"salesOrders": "orderDate", "salesInvoices": "invoiceDate", "salesCreditMemos": "creditMemoDate"}
_SIDES = ("sellTo", "billTo", "shipTo")
_PLACE = {
    "AddressLine1": "addressLine1", "AddressLine2": "addressLine2", "City": "city", "Country": "country", "State": "state",
    "PostCode": "postalCode",
}  # fmt: skip


def create(books: Books, set: str, body: Body) -> Row:
    """Lines that come with it are made with it, or nothing is."""
    values, parts = taken(ENTITIES[set], body)
    _parties(books, values)
    _currency(books, values)
    if set == "salesCreditMemos":
        _invoice(books, values)
    today = books.today()
    for name in (DAY[set], "postingDate"):
        values.setdefault(name, today)
    if set != "salesOrders":
        values.setdefault("dueDate", today)
    head = books.insert(
        set,
        {**values, "number": books.number(set), "status": "Draft", "discountAppliedBeforeTax": True},
    )
    for row in parts.get(f"{set[:-1]}Lines", []):
        lines.add(books, set, head, row)
    added_up(books, set, head["id"])
    return head


def change(books: Books, set: str, there: Row, body: Body) -> None:
    _open(set, there)
    values, parts = taken(ENTITIES[set], body)
    if parts:
        raise dialog("Lines are changed by themselves.")
    if {"customerId", "customerNumber"} & values.keys():
        _parties(books, values)
        if values["customerId"] != there["customerId"]:
            raise wrong_field("Sell-to Customer No. can't be changed while there are lines.")
    if {"currencyId", "currencyCode"} & values.keys():
        _currency(books, values)
    if set == "salesCreditMemos":
        _invoice(books, values)
    books.update(set, there["id"], **values)
    added_up(books, set, there["id"])


def remove(books: Books, set: str, there: Row) -> None:
    _open(set, there)
    if set == "salesOrders":
        for row in books.all("salesOrderLines", "documentId = ?", there["id"]):
            if Decimal(row["shippedQuantity"]) != Decimal(row["invoicedQuantity"]):
                raise dialog(
                    f"You cannot delete the order line because Quantity Shipped is not invoiced: {there['number']}."
                )
        books.archive(there)
    books.delete(f"{set[:-1]}Lines", "documentId = ?", there["id"])
    books.delete(set, "id = ?", there["id"])


def add_line(books: Books, set: str, there: Row, body: Body) -> Row:
    _open(set, there)
    made = lines.add(books, set, there, body)
    added_up(books, set, there["id"])
    return made


def change_line(books: Books, set: str, there: Row, line: Row, body: Body) -> None:
    _open(set, there)
    lines.change(books, set, there, line, body)
    added_up(books, set, there["id"])


def remove_line(books: Books, set: str, there: Row, line: Row) -> None:
    _open(set, there)
    if Decimal(line.get("shippedQuantity", 0)):
        raise dialog("You cannot delete the order line because it is shipped already.")
    books.delete(f"{set[:-1]}Lines", "id = ?", line["id"])
    added_up(books, set, there["id"])


def _open(set: str, there: Row) -> None:
    if set != "salesOrders" and there["status"] != "Draft":
        raise dialog(f"The {ENTITIES[set].caption} {there['number']} is posted and can't be changed.")


def _parties(books: Books, values: Row) -> None:
    """The customer, and whoever is billed; their address stands where the caller gave no other."""
    customer = pointed(
        books,
        values,
        "customerId",
        "customerNumber",
        "customers",
        "number",
        "The sell-to customer cannot be found.",
    )
    if customer is None:
        raise dialog('A "customerNumber" or a "customerId" must be provided.')
    billed = (
        pointed(
            books, values, "billToCustomerId", "billToCustomerNumber", "customers", "number",
            "The bill-to customer cannot be found.",
        )
        or customer
    )  # fmt: skip
    for each in (customer, billed):
        if each["blocked"] in {"All", "Invoice"}:
            raise dialog(
                f"You cannot create this type of document when Customer {each['number']} is blocked with type {each['blocked']}"
            )
    values |= {
        "customerName": customer["displayName"], "billToName": billed["displayName"],
        "billToCustomerId": billed["id"], "billToCustomerNumber": billed["number"],
    }  # fmt: skip
    for name, default in (
        ("shipToName", "displayName"), ("email", "email"), ("phoneNumber", "phoneNumber"), ("currencyCode", "currencyCode"),
    ):  # fmt: skip
        if name != "currencyCode" or "currencyId" not in values:
            values.setdefault(name, customer[default])
    for side in _SIDES:
        owner = billed if side == "billTo" else customer
        told = any(f"{side}{name}" in values for name in _PLACE)
        for name, source in _PLACE.items():
            values.setdefault(f"{side}{name}", "" if told else owner[source])


def _currency(books: Books, values: Row) -> None:
    if (
        values.get("currencyCode", "") in {"", setup.BASE}
        and values.get("currencyId", EMPTY["guid"]) == EMPTY["guid"]
    ):
        values["currencyCode"], values["currencyId"] = setup.BASE, EMPTY["guid"]
        return
    pointed(
        books,
        values,
        "currencyId",
        "currencyCode",
        "currencies",
        "code",
        'The "{}" does not match to a Currency.',
    )


def _invoice(books: Books, values: Row) -> None:
    """The posted invoice that a credit memo is applied to."""
    if not {"invoiceId", "invoiceNumber"} & values.keys():
        return
    found = pointed(
        books, values, "invoiceId", "invoiceNumber", "salesInvoices", "number",
        'The "{}" should be the ID of an Open, Paid, Corrective, or Canceled Invoice.',
    )  # fmt: skip
    if found is not None and found["status"] == "Draft":
        raise dialog('The "invoiceId" should be the ID of an Open, Paid, Corrective, or Canceled Invoice.')
