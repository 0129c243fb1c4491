"""Posting: what was only written down becomes entries, shipments, invoices and credit memos that nobody changes any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sandbox.erps.businesscentral import documents
from sandbox.erps.businesscentral.books import Books, Row
from sandbox.erps.businesscentral.lines import pieces
from sandbox.erps.businesscentral.refusals import dialog, wrong_field
from sandbox.erps.businesscentral.schema import EMPTY, ENTITIES
from sandbox.erps.businesscentral.sums import added_up
from sandbox.erps.businesscentral.writing import Body

NONE = Decimal(0)
_COPIED = tuple(
    name
    for name in ENTITIES["salesInvoices"].fields
    if name in ENTITIES["salesOrders"].fields
    and name not in {"id", "number", "status", "lastModifiedDateTime", "postingDate"}
)
_LINE_COPIED = tuple(
    name for name in ENTITIES["salesInvoiceLines"].fields if name not in {"id", "documentId", "_source"}
)

_TYPES = {"Comment": "", "Account": "G/L Account", "Charge": "Charge (Item)"}
"""What the API calls lines of open documents and of invoices, and what the table calls them; shipments tell the table's word."""


def ship_and_invoice(books: Books, order: Row) -> str:
    """All that is left of it leaves and is invoiced; the order is gone, and its posted invoice has its name."""
    rows = _postable(books, "salesOrderLines", order)
    _once(books, order)
    left = {row["id"]: Decimal(row["quantity"]) - Decimal(row["shippedQuantity"]) for row in rows}
    if any(left.values()):
        ship(books, order, {id: count for id, count in left.items() if count})
    invoice = books.insert(
        "salesInvoices",
        {
            **{name: order[name] for name in _COPIED},
            "number": books.number("posted salesInvoices"),
            "invoiceDate": order["orderDate"],
            "postingDate": order["postingDate"],
            "dueDate": order["orderDate"],
            "orderId": order["id"],
            "orderNumber": order["number"],
            "status": "Open",
        },
    )
    _copied(books, "salesOrders", order["id"], "salesInvoices", invoice["id"])
    added_up(books, "salesInvoices", invoice["id"])
    books.delete("salesOrderLines", "documentId = ?", order["id"])
    books.delete("salesOrders", "id = ?", order["id"])
    _settle(books, invoice["id"])
    return str(invoice["id"])


def invoice_together(books: Books, orders: Sequence[Row]) -> str:
    """One invoice of what several orders have shipped, which names none of them, and then their rows are deleted."""
    first = orders[0]
    invoice = books.insert(
        "salesInvoices",
        {
            **{name: first[name] for name in _COPIED},
            "externalDocumentNumber": "",
            "number": books.number("posted salesInvoices"),
            "invoiceDate": books.today(),
            "postingDate": books.today(),
            "dueDate": books.today(),
            "status": "Open",
        },
    )
    rows = [row for order in orders for row in _postable(books, "salesOrderLines", order)]
    for place, row in enumerate(rows, 1):
        if Decimal(row["shippedQuantity"]) != Decimal(row["quantity"]):
            raise dialog("Only what was shipped is invoiced together.")
        copied = {name: row[name] for name in _LINE_COPIED}
        told = {"documentId": invoice["id"], "_source": row["id"], "sequence": place * 10000}
        books.insert("salesInvoiceLines", {**copied, **told})
    added_up(books, "salesInvoices", invoice["id"])
    for order in orders:
        books.delete("salesOrderLines", "documentId = ?", order["id"])
        books.delete("salesOrders", "id = ?", order["id"])
    return str(invoice["id"])


def ship(books: Books, order: Row, units: Mapping[str, Decimal]) -> str:
    """So much of these lines leaves the shelves; words between them go along."""
    shipment = books.insert(
        "salesShipments",
        {
            **{name: order[name] for name in ENTITIES["salesShipments"].fields if name in order},
            "id": None,
            "number": books.number("salesShipments"),
            "invoiceDate": order["orderDate"],
            "orderNumber": order["number"],
            "_order": order["id"],
        },
    )
    for row in books.all("salesOrderLines", "documentId = ?", order["id"], order="sequence"):
        count = units.get(row["id"], NONE)
        if not count and row["lineType"] != "Comment":
            continue
        if abs(count) > abs(Decimal(row["quantity"]) - Decimal(row["shippedQuantity"])):
            raise dialog(f"You cannot ship more than {row['quantity']} units of line {row['sequence']}.")
        _shipped(books, shipment, row, count)
        if count:
            gone = Decimal(row["shippedQuantity"]) + count
            left = Decimal(row["quantity"]) - gone
            books.update("salesOrderLines", row["id"], shippedQuantity=gone, shipQuantity=left)
            moved(books, row, -count, "Sales Shipment", shipment["number"])
    added_up(books, "salesOrders", order["id"])
    return str(shipment["id"])


def undo(books: Books, shipment: Row) -> None:
    """Every line of it gets a counterpart below zero; the order waits for its goods again. The head stays untouched."""
    order = books.get("salesOrders", shipment["_order"])
    if order is None:
        raise dialog(f"You cannot undo shipment {shipment['number']}: it is invoiced already.")
    rows = books.all("salesShipmentLines", "documentId = ? AND lineType <> ''", shipment["id"])
    if not sum(Decimal(row["quantity"]) for row in rows):
        raise dialog(f"Shipment {shipment['number']} has been undone already.")
    for row in rows:
        line = books.get("salesOrderLines", row["_line"])
        assert line is not None
        count = Decimal(row["quantity"])
        books.insert(
            "salesShipmentLines",
            {**row, "id": None, "sequence": row["sequence"] + 5000, "quantity": -count},
        )
        gone = Decimal(line["shippedQuantity"]) - count
        left = Decimal(line["quantity"]) - gone
        books.update("salesOrderLines", line["id"], shippedQuantity=gone, shipQuantity=left)
        moved(books, line, count, "Sales Shipment", shipment["number"])
    added_up(books, "salesOrders", order["id"])


def post_invoice(books: Books, draft: Row) -> str:
    """It keeps its id and gets another number; its goods leave with it, and no shipment is made of that."""
    if draft["status"] != "Draft":
        raise dialog("The action can be applied to a draft invoice only.")
    rows = _postable(books, "salesInvoiceLines", draft)
    _once(books, draft)
    number = books.number("posted salesInvoices")
    for row in rows:
        moved(books, row, -Decimal(row["quantity"]), "Sales Invoice", number)
    books.update("salesInvoices", draft["id"], number=number, status="Open")
    _settle(books, draft["id"])
    return str(draft["id"])


def cancel_invoice(books: Books, invoice: Row) -> str:
    """A corrective credit memo takes all of it back; one that somebody paid can't be cancelled so."""
    if invoice["status"] == "Draft":
        raise dialog("The action can be applied to a posted invoice only.")
    if invoice["status"] == "Canceled":
        raise dialog("The invoice cannot be canceled because it has already been canceled.")
    if Decimal(invoice["remainingAmount"]) != Decimal(invoice["totalAmountIncludingTax"]):
        raise dialog(
            "Canceling the invoice failed because of the following error: You cannot correct this posted sales invoice because "
            "it is fully or partially paid."
        )
    memo = corrective(books, invoice)
    post_memo(books, memo)
    books.update("salesCreditMemos", memo["id"], status="Corrective")
    books.update("salesInvoices", invoice["id"], status="Canceled", remainingAmount=NONE)
    return str(invoice["id"])


def corrective(books: Books, invoice: Row) -> Row:
    """A draft that says all that the posted invoice says, to be posted against it."""
    if invoice["status"] in {"Draft", "Canceled"}:
        raise dialog("The action can be applied to a posted invoice only.")
    copied = {name: invoice[name] for name in _COPIED if name in ENTITIES["salesCreditMemos"].fields}
    memo = books.insert(
        "salesCreditMemos",
        {
            **copied,
            "number": books.number("salesCreditMemos"),
            "creditMemoDate": books.today(),
            "postingDate": books.today(),
            "dueDate": books.today(),
            "invoiceId": invoice["id"],
            "invoiceNumber": invoice["number"],
            "status": "Draft",
        },
    )
    _copied(books, "salesInvoices", invoice["id"], "salesCreditMemos", memo["id"])
    added_up(books, "salesCreditMemos", memo["id"])
    return books.get("salesCreditMemos", memo["id"]) or memo


def post_memo(books: Books, draft: Row) -> str:
    """Its goods come back; what it says is taken from what is open of its invoice."""
    if draft["status"] != "Draft":
        raise dialog("The action can be applied to a draft credit memo only.")
    rows = _postable(books, "salesCreditMemoLines", draft)
    number = books.number("posted salesCreditMemos")
    for row in rows:
        moved(books, row, Decimal(row["quantity"]), "Sales Credit Memo", number)
    books.update("salesCreditMemos", draft["id"], number=number, status="Open")
    if draft["invoiceId"] != EMPTY["guid"]:
        applied(books, draft["invoiceId"], Decimal(draft["totalAmountIncludingTax"]))
        books.update("salesCreditMemos", draft["id"], status="Paid")
    return str(draft["id"])


def cancel_memo(books: Books, memo: Row) -> str:
    """Only one that corrects a cancelled invoice can be cancelled; that one is open again."""
    if memo["status"] != "Corrective":
        raise dialog(
            "You cannot cancel this posted sales credit memo because it is not a corrective document."
        )
    for row in books.all("salesCreditMemoLines", "documentId = ?", memo["id"]):
        moved(books, row, -Decimal(row["quantity"]), "Sales Invoice", memo["number"])
    books.update("salesCreditMemos", memo["id"], status="Canceled")
    invoice = books.get("salesInvoices", memo["invoiceId"])
    if invoice is not None:
        books.update(
            "salesInvoices",
            invoice["id"],
            status="Open",
            remainingAmount=Decimal(invoice["totalAmountIncludingTax"]),
        )
    return str(memo["id"])


def applied(books: Books, invoice: str, amount: Decimal) -> None:
    """So much of the invoice is open no more."""
    there = books.get("salesInvoices", invoice)
    if there is None or there["status"] in {"Draft", "Canceled"}:
        return
    left = max(NONE, Decimal(there["remainingAmount"]) - amount)
    books.update("salesInvoices", invoice, remainingAmount=left, status="Open" if left else "Paid")


def moved(books: Books, line: Row, count: Decimal, kind: str, number: str) -> None:
    """Goods of a line come in, or leave below zero; only what is kept in stock has shelves."""
    item = books.get("items", line["itemId"]) if line["lineType"] == "Item" else None
    if item is None or item["type"] != "Inventory" or not count:
        return
    place = books.get("locations", line["locationId"])
    entry(
        books,
        item,
        count * pieces(item, line),
        kind=kind,
        number=number,
        location=place["code"] if place else "",
    )


def entry(
    books: Books, item: Row, count: Decimal, *, kind: str = "", number: str = "", location: str = "MAIN"
) -> None:
    books.insert(
        "itemLedgerEntries",
        {
            "entryNumber": int(books.number("itemLedgerEntries")),
            "itemNumber": item["number"],
            "postingDate": books.today(),
            "entryType": "Sale" if kind else ("Positive Adjmt." if count > 0 else "Negative Adjmt."),
            "documentNumber": number or "ADJ",
            "documentType": kind,
            "description": item["displayName"],
            "quantity": count,
            "_location": location,
        },
    )
    current = books.get("items", item["id"])
    assert current is not None
    books.quietly("items", item["id"], inventory=Decimal(current["inventory"]) + count)


def zeroed(books: Books, order: Row) -> None:
    """A person calls an order off and keeps it: nothing of any line is wanted any more."""
    rows = books.all("salesOrderLines", "documentId = ? AND lineType <> 'Comment'", order["id"])
    if any(Decimal(row["shippedQuantity"]) for row in rows):
        raise wrong_field("Quantity must not be less than Quantity Shipped in Sales Line.")
    if not any(Decimal(row["quantity"]) for row in rows):
        raise dialog("Nothing is wanted of this order any more.")
    for row in rows:
        body: Body = {"quantity": 0, "discountAmount": 0}
        documents.change_line(books, "salesOrders", order, row, body)


def _postable(books: Books, lines: str, head: Row) -> list[Row]:
    rows = books.all(lines, "documentId = ? AND lineType <> 'Comment'", head["id"], order="sequence")
    if not rows:
        raise dialog("There is nothing to post.")
    if any(not Decimal(row["quantity"]) for row in rows):
        raise dialog(
            "One or more document lines with a value in the No. field do not have a quantity specified."
        )
    return rows


def _once(books: Books, head: Row) -> None:
    """Where the setup asks for it, an external document number is used for one posted document of a customer."""
    number = head["externalDocumentNumber"]
    if not books.company.document_number_once or not number:
        return
    taken = books.one(
        "salesInvoices", "externalDocumentNumber = ? AND customerId = ? AND status <> 'Draft' AND id <> ?",
        number, head["customerId"], head["id"],
    )  # fmt: skip
    if taken is not None:
        raise dialog(f"Sales Invoice {number} already exists for this customer.")


def _copied(books: Books, source: str, id: str, target: str, made: str) -> None:
    for row in books.all(f"{source[:-1]}Lines", "documentId = ?", id, order="sequence"):
        books.insert(
            f"{target[:-1]}Lines",
            {**{name: row[name] for name in _LINE_COPIED}, "documentId": made, "_source": row["id"]},
        )


def _shipped(books: Books, shipment: Row, row: Row, count: Decimal) -> None:
    names = [name for name in ENTITIES["salesShipmentLines"].fields if name in row]
    books.insert(
        "salesShipmentLines",
        {
            **{name: row[name] for name in names},
            "id": None,
            "lineType": _TYPES.get(row["lineType"], row["lineType"]),
            "documentId": shipment["id"],
            "documentNo": shipment["number"],
            "quantity": count,
            "_line": row["id"],
            "_variant": row["itemVariantId"],
        },
    )


def _settle(books: Books, invoice: str) -> None:
    """Nothing is open of an invoice of nothing."""
    there = books.get("salesInvoices", invoice)
    if there is not None and not Decimal(there["remainingAmount"]):
        books.update("salesInvoices", invoice, status="Paid")
