"""Which rules a call goes by: each entity's own way to be made, changed, deleted and acted upon."""

from __future__ import annotations

from typing import Any

from sandbox.erps.businesscentral import documents, lines, masters, payments, posting
from sandbox.erps.businesscentral.books import Books, Row
from sandbox.erps.businesscentral.reading import instance
from sandbox.erps.businesscentral.refusals import dialog, no_method
from sandbox.erps.businesscentral.schema import ENTITIES, Entity
from sandbox.erps.businesscentral.writing import claimed, taken

__all__ = ["act", "change", "claimed", "create", "remove"]


def create(books: Books, entity: Entity, body: Any, *, within: str | None = None) -> Row:
    """`within`: the id of the row that it hangs on, where the address goes through it."""
    match entity.set:
        case "salesOrders" | "salesInvoices" | "salesCreditMemos":
            return documents.create(books, entity.set, body)
        case "salesOrderLines" | "salesInvoiceLines" | "salesCreditMemoLines":
            return documents.add_line(books, *_head(books, entity.set, within or _told(body)), body)
        case "customers" | "items":
            return masters.create(books, entity.set, body)
        case "customerPayments":
            return payments.create(books, body, within)
        case "journalLines":
            return payments.create_line(books, body, within)
        case "customerPaymentJournals":
            values, _ = taken(entity, body)
            return books.insert(entity.set, values)
        case _:
            raise no_method("POST", entity.set)


def change(books: Books, entity: Entity, row: Row, body: Any) -> None:
    match entity.set:
        case "salesOrders" | "salesInvoices" | "salesCreditMemos":
            documents.change(books, entity.set, row, body)
        case "salesOrderLines" | "salesInvoiceLines" | "salesCreditMemoLines":
            documents.change_line(books, *_head(books, entity.set, row["documentId"]), row, body)
        case "customers" | "items":
            masters.change(books, entity.set, row, body)
        case "customerPayments":
            payments.change(books, row, body)
        case "journalLines":
            payments.change_line(books, row, body)
        case _:
            values, _ = taken(entity, body)
            books.update(entity.set, row["id"], **values)


def remove(books: Books, entity: Entity, row: Row) -> None:
    match entity.set:
        case "salesOrders" | "salesInvoices" | "salesCreditMemos":
            documents.remove(books, entity.set, row)
        case "salesOrderLines" | "salesInvoiceLines" | "salesCreditMemoLines":
            documents.remove_line(books, *_head(books, entity.set, row["documentId"]), row)
        case "customers" | "items":
            masters.remove(books, entity.set, row)
        case _:
            books.delete(entity.set, "id = ?", row["id"])


def act(books: Books, entity: Entity, row: Row, action: str) -> tuple[str, str]:
    """Where what it came to is found: a set and an id."""
    match entity.set, action:
        case "salesOrders", "shipAndInvoice":
            return "salesInvoices", posting.ship_and_invoice(books, row)
        case "salesInvoices", "post":
            return "salesInvoices", posting.post_invoice(books, row)
        case "salesInvoices", "cancel":
            return "salesInvoices", posting.cancel_invoice(books, row)
        case "salesInvoices", "makeCorrectiveCreditMemo":
            return "salesCreditMemos", str(posting.corrective(books, row)["id"])
        case "salesCreditMemos", "post":
            return "salesCreditMemos", posting.post_memo(books, row)
        case "salesCreditMemos", "cancel":
            return "salesCreditMemos", posting.cancel_memo(books, row)
        case _:
            payments.post(books, row["id"])
            return "journals", str(row["id"])


def _head(books: Books, set: str, id: str) -> tuple[str, Row]:
    head = lines.LINES_OF[set]
    return head, instance(books, ENTITIES[head], id)


def _told(body: Any) -> str:
    told = body.get("documentId") if isinstance(body, dict) else None
    if not isinstance(told, str):
        raise dialog("You must specify a document id to get the lines.")
    return told
