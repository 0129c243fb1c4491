"""Lines of sales documents: what they point at, and what is filled in where the caller said nothing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sandbox.erps.businesscentral import company as setup
from sandbox.erps.businesscentral.books import Books, Row
from sandbox.erps.businesscentral.refusals import dialog, no_relation, wrong_field
from sandbox.erps.businesscentral.schema import EMPTY, ENTITIES
from sandbox.erps.businesscentral.sums import rounded
from sandbox.erps.businesscentral.writing import Body, pointed, taken

NO_ID = EMPTY["guid"]
_FIXED = {
    "documentId": 'The value for "documentId" cannot be modified.',
    "sequence": "The value for sequence cannot be modified. Delete and insert the line again.",
    "lineObjectNumber": 'The value for "lineObjectNumber" cannot be modified.',
}


def add(books: Books, set: str, head: Row, body: Body) -> Row:
    """One more line of a document, behind the others unless it names its place."""
    lines = f"{set[:-1]}Lines"
    values, _ = taken(ENTITIES[lines], body)
    _object(books, values)
    if values["lineType"] != "Item" and {"unitOfMeasureCode", "unitOfMeasureId"} & values.keys():
        raise dialog("Unit of Measure can be set only for lines with type Item.")
    rows = books.all(lines, "documentId = ?", head["id"])
    place = values.get("sequence") or max((row["sequence"] for row in rows), default=0) + 10000
    if any(row["sequence"] == place for row in rows):
        raise dialog(f"The Sales Line already exists. Identification fields and values: Line No.='{place}'")
    values.setdefault("quantity", Decimal(0))
    _described(books, head, values)
    _amounts(books, head, values)
    _quantities(lines, values, Decimal(0))
    return books.insert(lines, {**values, "documentId": head["id"], "sequence": place})


def change(books: Books, set: str, head: Row, there: Row, body: Body) -> None:
    lines = f"{set[:-1]}Lines"
    values, _ = taken(ENTITIES[lines], body)
    for name, sentence in _FIXED.items():
        if name in values and values[name] != there[name]:
            raise dialog(sentence)
    if values.get("itemId", there["itemId"]) != there["itemId"]:
        raise dialog(_FIXED["lineObjectNumber"])
    merged = {**there, **values}
    if {"itemVariantId", "locationId", "taxCode"} & values.keys():
        _checked(books, merged)
        values["taxPercent"] = merged["taxPercent"]
    if {"quantity", "unitPrice", "discountPercent", "discountAmount"} & values.keys():
        if "discountPercent" in values and "discountAmount" not in values:
            merged["discountAmount"] = Decimal(0)
        merged["_told"] = "discountAmount" in values
        _amounts(books, head, merged)
        values |= {name: merged[name] for name in ("unitPrice", "discountAmount", "discountPercent")}
    if lines == "salesOrderLines":
        shipped = Decimal(there["shippedQuantity"])
        quantity = Decimal(merged["quantity"])
        if abs(quantity) < abs(shipped):
            raise wrong_field(
                f"Quantity must not be less than Quantity Shipped in Sales Line Line No.='{there['sequence']}'."
            )
        if "quantity" in values:
            _quantities(lines, values, shipped)
    books.update(lines, there["id"], **values)


def _object(books: Books, values: Row) -> None:
    """What the line is of: an item, an account, or words alone."""
    if "lineType" not in values:
        values["lineType"] = (
            "Item" if values.get("itemId") else "Account" if values.get("accountId") else "Comment"
        )
    if values.get("itemId", NO_ID) != NO_ID and values.get("accountId", NO_ID) != NO_ID:
        raise dialog('Both "itemId" and "accountId" are specified. Specify only one of them.')
    match values["lineType"]:
        case "Item":
            item = pointed(
                books, values, "itemId", "lineObjectNumber", "items", "number", "Item does not exist."
            )
            if item is None:
                raise dialog("Item does not exist.")
            if item["blocked"]:
                raise wrong_field(
                    f"Blocked must be equal to 'No'  in Item: No.={item['number']}. Current value is 'Yes'."
                )
        case "Account":
            if (
                pointed(
                    books,
                    values,
                    "accountId",
                    "lineObjectNumber",
                    "accounts",
                    "number",
                    "Account does not exist.",
                )
                is None
            ):
                raise dialog("Account does not exist.")
        case "Comment":
            if values.get("quantity") or values.get("unitPrice"):
                raise wrong_field("Type must not be   in Sales Line.")
        case other:
            raise dialog(f"There is no {other} that could be sold.")


def _described(books: Books, head: Row, values: Row) -> None:
    """The words, unit, place and tax of its object, where the caller has no others."""
    item = books.get("items", values["itemId"]) if values["lineType"] == "Item" else None
    account = books.get("accounts", values["accountId"]) if values["lineType"] == "Account" else None
    if item is not None:
        usual = item["_salesUnit"] or item["baseUnitOfMeasureCode"]
        _unless_said(values, description=item["displayName"], unitOfMeasureCode=usual)
        if values["unitOfMeasureCode"] not in {item["baseUnitOfMeasureCode"], usual}:
            raise no_relation(
                "Unit of Measure Code", "Sales Line", values["unitOfMeasureCode"], "Item Unit of Measure"
            )
        price = _price(books, head, item) * pieces(item, values)
        _unless_said(values, taxCode=item["taxGroupCode"], unitPrice=price)
    elif account is not None:
        _unless_said(values, description=account["displayName"], taxCode="ZERO", unitPrice=Decimal(0))
    if values["lineType"] != "Comment":
        main = books.one("locations", "code = ?", setup.LOCATIONS[0][0])
        assert main is not None
        if values.get("locationId", NO_ID) == NO_ID and item is not None:
            values["locationId"] = main["id"]
        values.setdefault("shipmentDate", books.today())
        _checked(books, values)


def _checked(books: Books, values: Row) -> None:
    """The tax code is one of the setup's; the place and the variant are there."""
    group = books.one("taxGroups", "code = ?", values.get("taxCode") or "ZERO")
    if group is None:
        raise no_relation(
            "VAT Prod. Posting Group", "Sales Line", values["taxCode"], "VAT Product Posting Group"
        )
    values["taxCode"], values["taxPercent"] = group["code"], Decimal(group["_percent"])
    place, variant = values.get("locationId", NO_ID), values.get("itemVariantId", NO_ID)
    if place != NO_ID and books.get("locations", place) is None:
        raise no_relation("Location Code", "Sales Line", place, "Location")
    if (
        variant != NO_ID
        and books.one("itemVariants", "id = ? AND itemId = ?", variant, values["itemId"]) is None
    ):
        raise no_relation("Variant Code", "Sales Line", variant, "Item Variant")


def _amounts(books: Books, head: Row, values: Row) -> None:
    """The price of one as exactly as it is kept, and the discount as an amount and as a share."""
    unit = books.unit(head["currencyCode"])
    values["unitPrice"] = rounded(Decimal(values.get("unitPrice", 0)), setup.UNIT_PRICES)
    gross = rounded(Decimal(values["quantity"]) * values["unitPrice"], unit)
    amount, share = Decimal(values.get("discountAmount", 0)), Decimal(values.get("discountPercent", 0))
    if share and not values.pop("_told", False):
        amount = rounded(gross * share / 100, unit)
    amount = rounded(amount, unit)
    if abs(amount) > abs(gross):
        raise wrong_field("Line Discount Amount must not be more than the Line Amount in Sales Line.")
    values["discountAmount"] = amount
    values["discountPercent"] = rounded(amount * 100 / gross, Decimal("0.00001")) if gross else Decimal(0)
    values.pop("_told", None)


def _quantities(lines: str, values: Row, shipped: Decimal) -> None:
    """What the next posting is to ship and to invoice, unless somebody said less."""
    if lines != "salesOrderLines":
        return
    left = Decimal(values["quantity"]) - shipped
    values.setdefault("shipQuantity", left)
    values.setdefault("invoiceQuantity", Decimal(values["quantity"]))


def _price(books: Books, head: Row, item: Row) -> Decimal:
    """The item's price in the document's currency."""
    price = Decimal(item["unitPrice"])
    if head["currencyCode"] == setup.BASE:
        return price
    return price / worth(books, head["currencyCode"])


def pieces(item: Row, line: Row) -> Decimal:
    """How many of its base unit one of the line's unit is."""
    usual = line["unitOfMeasureCode"] == item["_salesUnit"] != item["baseUnitOfMeasureCode"]
    return Decimal(item["_perSalesUnit"]) if usual and item["_salesUnit"] else Decimal(1)


def worth(books: Books, currency: str) -> Decimal:
    """What one of it is worth today in the company's own currency."""
    if currency in {"", setup.BASE}:
        return Decimal(1)
    found = books.all(
        "currencyExchangeRates", "currencyCode = ? AND startingDate <= ?", currency, books.today(),
        order="startingDate DESC LIMIT 1",
    )  # fmt: skip
    if not found:
        raise dialog(
            f"There is no Currency Exchange Rate within the filter. Filters: Currency Code: {currency}"
        )
    return Decimal(found[0]["relationalExchangeRateAmount"]) / Decimal(found[0]["exchangeRateAmount"])


def _unless_said(values: Row, **told: object) -> None:
    for name, value in told.items():
        values.setdefault(name, value)


LINES_OF: Mapping[str, str] = {
    "salesOrderLines": "salesOrders",
    "salesInvoiceLines": "salesInvoices",
    "salesCreditMemoLines": "salesCreditMemos",
}
