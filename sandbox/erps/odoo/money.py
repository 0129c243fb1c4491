"""Invoices and payments of a simulated Odoo: posted, cancelled, and set against each other line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sandbox.erps.odoo import sums
from sandbox.erps.odoo.tables import Record, Tables
from sandbox.erps.odoo.trouble import UserError, ValidationError

NEWER_PAYMENTS = 18
"""From here on a payment has a memo, and no entry of its own until the bank confirms it, unless its journal says so."""


def new_bill(tables: Tables, values: Mapping[str, Any]) -> int:
    number = tables.create("account.move", values)
    bill = tables.get("account.move", number)
    if bill["currency_id"] is None:
        tables.write("account.move", number, {"currency_id": sums.company_currency(tables, bill, {})})
    return number


def write_bill(tables: Tables, number: int, values: Mapping[str, Any]) -> None:
    bill = tables.get("account.move", number)
    if bill["state"] == "posted" and {"invoice_line_ids", "partner_id", "currency_id"} & set(values):
        raise UserError(
            "You cannot do this modification on a posted journal entry; you can reset it to draft first."
        )
    tables.write("account.move", number, values)


def post_bill(tables: Tables, numbers: Sequence[int]) -> bool:
    for number in numbers:
        bill = tables.get("account.move", number)
        if bill["state"] != "draft":
            raise UserError(f"The entry {bill['name']} (id {number}) must be in draft.")
        if not bill["partner_id"]:
            raise UserError("The 'Customer' field is required to validate the invoice.")
        if sums.bill_total(tables, bill, {}) < 0:
            raise UserError(
                "You cannot validate an invoice with a negative total amount. You should create a credit note instead."
            )
        if not bill["invoice_line_ids"]:
            raise UserError("You need to add a line before posting.")
        today = _today()
        prefix = {"out_invoice": "INV", "out_refund": "RINV"}.get(bill["move_type"], "MISC")
        count = sum(
            1 for row in tables.rows["account.move"].values() if (row["name"] or "").startswith(f"{prefix}/")
        )
        told = {"state": "posted", "name": f"{prefix}/{today.year}/{count + 1:05}"}
        if bill["invoice_date"] is None:
            told["invoice_date"] = today
        tables.write("account.move", number, told)
        for sale in _sales(tables, bill):
            tables.touch("sale.order", sale)
    return True


def cancel_bill(tables: Tables, numbers: Sequence[int]) -> None:
    """A person takes an invoice back to a draft and cancels it."""
    for number in numbers:
        tables.write("account.move", number, {"state": "cancel", "settled": 0})


def unlink_bill(tables: Tables, number: int) -> None:
    if tables.get("account.move", number)["state"] == "posted":
        raise UserError("You cannot delete an entry which has been posted once.")
    tables.unlink("account.move", number)


def new_payment(tables: Tables, values: Mapping[str, Any]) -> int:
    amount = Decimal(str(values.get("amount", 0)))
    if amount < 0:
        raise ValidationError("The payment amount cannot be negative.")
    return tables.create("account.payment", values)


def post_payment(tables: Tables, numbers: Sequence[int]) -> None:
    """The method answers nothing. An entry on the receivable account waits to be set against an invoice."""
    for number in numbers:
        payment = tables.get("account.payment", number)
        if payment["state"] != "draft":
            raise UserError("You can only post a draft payment.")
        newer = tables.version >= NEWER_PAYMENTS
        journal = tables.get("account.journal", payment["journal_id"])
        name = f"P{journal['code']}/{_today().year}/{number:05}"
        tables.write("account.payment", number, {"state": "in_process" if newer else "posted", "name": name})
        if not newer or journal["books_at_once"]:
            _entry(tables, payment)


def _entry(tables: Tables, payment: Record) -> None:
    receivable = next(
        n for n, row in tables.rows["account.account"].items() if row["account_type"] == "asset_receivable"
    )
    tables.create(
        "account.move",
        {
            "move_type": "entry",
            "state": "posted",
            "partner_id": payment["partner_id"],
            "currency_id": payment["currency_id"],
            "name": payment["name"],
            "invoice_line_ids": [
                [0, 0, {"payment_id": payment["id"], "account_id": receivable, "display_type": "payment_term",
                        "amount_residual": float(payment["amount"])}]
            ],
        },
    )  # fmt: skip


def unlink_payment(tables: Tables, number: int) -> None:
    if tables.get("account.payment", number)["state"] not in ("draft", "cancel", "canceled"):
        raise UserError("You can not delete a payment that is already posted.")
    tables.unlink("account.payment", number)


def assign(tables: Tables, numbers: Sequence[int], line_id: int) -> None:
    """As much of the line as the bill is still open for."""
    for number in numbers:
        bill, line = tables.get("account.move", number), tables.get("account.move.line", line_id)
        if bill["state"] != "posted":
            raise UserError("You can only reconcile posted entries.")
        if line["reconciled"]:
            raise UserError("You are trying to reconcile some entries that are already reconciled.")
        part = min(sums.bill_open(tables, bill, {}), line["amount_residual"])
        tables.write("account.move", number, {"settled": bill["settled"] + part})
        left = line["amount_residual"] - part
        tables.write("account.move.line", line_id, {"amount_residual": left, "reconciled": left <= 0})
        if left <= 0 and tables.version >= NEWER_PAYMENTS:
            tables.write("account.payment", line["payment_id"], {"state": "paid"})
        for sale in _sales(tables, bill):
            tables.touch("sale.order", sale)


def write_payment(tables: Tables, number: int, values: Mapping[str, Any]) -> None:
    """A payment that has no entry says by itself which bills it is for."""
    tables.write("account.payment", number, values)
    payment = tables.get("account.payment", number)
    for bill in payment.get("invoice_ids", ()) if "invoice_ids" in values else ():
        known = tables.get("account.move", bill)["matched_payment_ids"]
        if number not in known:
            tables.write("account.move", bill, {"matched_payment_ids": [[4, number, 0]]})


def _sales(tables: Tables, bill: Record) -> list[int]:
    found: dict[int, None] = {}
    for number in bill["invoice_line_ids"]:
        line = tables.get("account.move.line", number)
        if line["sale_line_id"]:
            found[tables.get("sale.order.line", line["sale_line_id"])["order_id"]] = None
    return list(found)


def _today() -> Any:
    return datetime.now(UTC).date()
