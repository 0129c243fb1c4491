"""Customers and items: what others point at, made, changed and deleted by their own rules."""

from __future__ import annotations

from decimal import Decimal

from sandbox.erps.businesscentral import company as setup
from sandbox.erps.businesscentral.books import Books, Row
from sandbox.erps.businesscentral.posting import entry
from sandbox.erps.businesscentral.refusals import dialog, no_relation, same_key
from sandbox.erps.businesscentral.schema import EMPTY, ENTITIES
from sandbox.erps.businesscentral.writing import Body, pointed, taken

_TYPES = {"customers": {"Company", "Person"}, "items": {"Inventory", "Service", "Non-Inventory"}}


def create(books: Books, set: str, body: Body) -> Row:
    values, _ = taken(ENTITIES[set], body)
    number: str = values.get("number", "")
    if number and set == "customers" and not books.company.manual_numbers:
        raise dialog(
            "You may not enter numbers manually. If you want to enter numbers manually, please activate Manual Nos. in No. "
            "Series CUST."
        )
    if number and books.one(set, "number = ?", number) is not None:
        raise same_key(ENTITIES[set].caption, number)
    if set == "items":
        if "inventory" in values:
            raise dialog("Inventory cannot be changed during on insert.")
        values = {"type": "Inventory", "baseUnitOfMeasureCode": "PCS", "taxGroupCode": "ZERO", **values}
    else:
        values = {"type": "Company", "currencyCode": setup.BASE, **values}
    _checked(books, set, values)
    return books.insert(set, {**values, "number": number or books.number(set)})


def change(books: Books, set: str, there: Row, body: Body) -> None:
    values, _ = taken(ENTITIES[set], body)
    number: str = values.get("number", there["number"])
    if number != there["number"] and books.one(set, "number = ?", number) is not None:
        raise same_key(ENTITIES[set].caption, number)
    _checked(books, set, values)
    if "inventory" in values:
        count = values.pop("inventory") - Decimal(there["inventory"])
        if count:
            entry(books, there, count)
    books.update(set, there["id"], **values)
    if number != there["number"]:
        _renamed(books, set, there["id"], number)


def remove(books: Books, set: str, there: Row) -> None:
    pointing = (
        [("salesOrders", "customerId"), ("salesInvoices", "customerId"), ("salesCreditMemos", "customerId")]
        if set == "customers"
        else [
            ("salesOrderLines", "itemId"),
            ("salesInvoiceLines", "itemId"),
            ("salesCreditMemoLines", "itemId"),
        ]
    )
    for other, field in pointing:
        if books.one(other, f'"{field}" = ?', there["id"]) is not None:
            raise dialog(
                f"You cannot delete {ENTITIES[set].caption} {there['number']} because there is at least one outstanding document "
                "for it."
            )
    if set == "items" and books.one("itemLedgerEntries", "itemNumber = ?", there["number"]) is not None:
        raise dialog(f"You cannot delete Item {there['number']} because there are entries for it.")
    books.delete("itemVariants", "itemId = ?", there["id"])
    books.delete(set, "id = ?", there["id"])


def _checked(books: Books, set: str, values: Row) -> None:
    if values.get("type", "Company" if set == "customers" else "Inventory") not in _TYPES[set]:
        raise dialog(f"The type {values['type']} is not one of a {ENTITIES[set].caption}.")
    if {"currencyCode", "currencyId"} & values.keys():
        if values.get("currencyCode", "") in {"", setup.BASE} and "currencyId" not in values:
            values["currencyCode"], values["currencyId"] = setup.BASE, EMPTY["guid"]
        else:
            pointed(
                books,
                values,
                "currencyId",
                "currencyCode",
                "currencies",
                "code",
                'The "{}" does not match to a Currency.',
            )
    for field, related in (("country", "countriesRegions"),):
        told = values.get(field)
        if told and books.one(related, "code = ?", told) is None:
            raise no_relation("Country/Region Code", "Customer", told, "Country/Region")
    if set == "items":
        for id, code, related in (
            ("itemCategoryId", "itemCategoryCode", "itemCategories"),
            ("taxGroupId", "taxGroupCode", "taxGroups"),
            ("generalProductPostingGroupId", "generalProductPostingGroupCode", "generalProductPostingGroups"),
            ("baseUnitOfMeasureId", "baseUnitOfMeasureCode", "unitsOfMeasure"),
        ):
            pointed(books, values, id, code, related, "code", 'The "{}" does not match to any record.')


def _renamed(books: Books, set: str, id: str, number: str) -> None:
    """Whatever shows the number shows the new one."""
    if set == "customers":
        for other in (
            "salesOrders",
            "salesInvoices",
            "salesCreditMemos",
            "salesShipments",
            "customerPayments",
        ):
            for row in books.all(other, "customerId = ?", id):
                books.quietly(other, row["id"], customerNumber=number)
    else:
        for other in ("salesOrderLines", "salesInvoiceLines", "salesCreditMemoLines"):
            for row in books.all(other, "itemId = ?", id):
                books.quietly(other, row["id"], lineObjectNumber=number)
