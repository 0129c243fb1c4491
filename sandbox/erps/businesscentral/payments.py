"""Money that came in: lines of a journal, which somebody posts, all of them at once."""

from __future__ import annotations

from decimal import Decimal

from sandbox.erps.businesscentral import company as setup
from sandbox.erps.businesscentral.books import Books, Row
from sandbox.erps.businesscentral.posting import applied
from sandbox.erps.businesscentral.refusals import dialog, no_relation, same_line, wrong_field
from sandbox.erps.businesscentral.schema import EMPTY, ENTITIES
from sandbox.erps.businesscentral.writing import Body, pointed, taken

NO_ID = EMPTY["guid"]
_LINES = ("customerPayments", "journalLines")


def create(books: Books, body: Body, journal: str | None = None) -> Row:
    """A line behind the others of its journal; what it is worth is in the customer's currency."""
    values, _ = taken(ENTITIES["customerPayments"], body)
    told = values.get("journalId", journal)
    if journal is not None and told != journal:
        raise dialog("The Journal Id and Journal Display Name do not match.")
    _parties(books, values)
    return _kept(books, "customerPayments", told, values)


def create_line(books: Books, body: Body, journal: str | None = None) -> Row:
    """A line of any accounts: what one side is credited or debited, and the side that balances it."""
    values, _ = taken(ENTITIES["journalLines"], body)
    values = {"accountType": "G/L Account", "balanceAccountType": "G/L Account", **values}
    _sides(books, values)
    return _kept(books, "journalLines", journal, values)


def change_line(books: Books, there: Row, body: Body) -> None:
    values, _ = taken(ENTITIES["journalLines"], body)
    merged = {**there, **values}
    _sides(books, merged)
    books.update("journalLines", there["id"], **{name: merged[name] for name in values})


def _kept(books: Books, set: str, journal: str | None, values: Row) -> Row:
    """Behind the other lines of its batch, whatever they are of."""
    if journal is None:
        raise dialog("You must specify a journal batch ID or a journal ID to get a journal line.")
    batch = books.get("customerPaymentJournals", journal)
    if batch is None:
        raise dialog(f"The General Journal Batch with ID {journal} cannot be found.")
    rows = [row for each in _LINES for row in books.all(each, "journalId = ?", batch["id"])]
    place = values.get("lineNumber") or max((row["lineNumber"] for row in rows), default=0) + 10000
    if any(row["lineNumber"] == place for row in rows):
        raise same_line(batch["code"], place)
    values.setdefault("postingDate", books.today())
    if not values.get("documentNumber"):
        values["documentNumber"] = books.number("payments")
    return books.insert(
        set, {**values, "lineNumber": place, "journalId": batch["id"], "journalDisplayName": batch["code"]}
    )


def change(books: Books, there: Row, body: Body) -> None:
    values, _ = taken(ENTITIES["customerPayments"], body)
    if values.get("journalId", there["journalId"]) != there["journalId"]:
        raise dialog("The Journal Id cannot be changed.")
    if {"customerId", "customerNumber", "appliesToInvoiceId", "appliesToInvoiceNumber"} & values.keys():
        merged = {**there, **values}
        _parties(books, merged)
        values = {name: merged[name] for name in (*values, "customerId", "customerNumber", "_currency")}
    books.update("customerPayments", there["id"], **values)


def post(books: Books, journal: str) -> None:
    """Every line of the batch becomes entries and is gone, or none."""
    rows = books.all("customerPayments", "journalId = ?", journal, order="lineNumber")
    others = books.all("journalLines", "journalId = ?", journal, order="lineNumber")
    batch = books.get("customerPaymentJournals", journal)
    if batch is None or not (rows or others):
        raise dialog("There is nothing to post.")
    for row in others:
        _posted_line(books, row)
    for row in rows:
        if not row["customerNumber"]:
            raise wrong_field(
                "Account No. must have a value in Gen. Journal Line. It cannot be zero or empty."
            )
        if Decimal(row["amount"]) >= 0:
            raise wrong_field(
                f"Amount must be negative in Gen. Journal Line Journal Template Name='CASHRCPT',Journal Batch Name="
                f"'{batch['code']}',Line No.='{row['lineNumber']}'."
            )
        _entries(books, batch, row)
        if row["appliesToInvoiceId"] != NO_ID:
            applied(books, row["appliesToInvoiceId"], -Decimal(row["amount"]))
    for each in _LINES:
        books.delete(each, "journalId = ?", journal)


def _entries(books: Books, batch: Row, row: Row) -> None:
    """The account of the journal is debited, the customers' credited."""
    amount = -Decimal(row["amount"])
    about = {"_customer": row["customerId"], "_invoice": row["appliesToInvoiceId"], "_currency": row["_currency"],
             "_amount": row["amount"]}  # fmt: skip
    _entry(books, row, batch["balancingAccountNumber"], amount, "Payment", {})
    _entry(books, row, "2310", -amount, "Payment", about)


def _posted_line(books: Books, row: Row) -> None:
    if not row["accountNumber"] or not row["balancingAccountNumber"]:
        raise wrong_field(
            "Bal. Account No. must have a value in Gen. Journal Line. It cannot be zero or empty."
        )
    amount = Decimal(row["amount"])
    for side, kind, sign in (
        ("accountNumber", "accountType", 1),
        ("balancingAccountNumber", "balanceAccountType", -1),
    ):
        customer = books.one("customers", "number = ?", row[side]) if row[kind] == "Customer" else None
        about = {"_customer": customer["id"], "_amount": -sign * amount} if customer else {}
        _entry(books, row, "2310" if customer else row[side], sign * amount, "", about)


def _entry(books: Books, row: Row, account: str, amount: Decimal, kind: str, about: Row) -> None:
    """A bank's account stands in the ledger as the account of its posting group."""
    account = {bank: ledger for bank, _, ledger in setup.BANKS}.get(account, account)
    there = books.one("accounts", "number = ?", account)
    books.insert(
        "generalLedgerEntries",
        {
            "entryNumber": int(books.number("generalLedgerEntries")),
            "postingDate": row["postingDate"],
            "documentNumber": row["documentNumber"],
            "documentType": kind,
            "accountId": there["id"] if there else NO_ID,
            "accountNumber": account,
            "description": row["description"],
            "debitAmount" if amount > 0 else "creditAmount": abs(amount),
            "_external": row["externalDocumentNumber"],
            "_comment": row["comment"],
            **about,
        },
    )


def _sides(books: Books, values: Row) -> None:
    """Both sides are accounts, or customers, that there are."""
    for kind, id, number in (
        ("accountType", "accountId", "accountNumber"),
        ("balanceAccountType", "balancingAccountId", "balancingAccountNumber"),
    ):
        told = values.get(number, "")
        if values[kind] == "Customer":
            if told and books.one("customers", "number = ?", told) is None:
                raise no_relation("Account No.", "Gen. Journal Line", told, "Customer")
        else:
            set = "bankAccounts" if values[kind] == "Bank Account" else "accounts"
            pointed(books, values, id, number, set, "number", 'The "{}" does not match to an Account.')


def _parties(books: Books, values: Row) -> None:
    customer = pointed(
        books,
        values,
        "customerId",
        "customerNumber",
        "customers",
        "number",
        'The "{}" does not match to a Customer.',
    )
    invoice = pointed(
        books, values, "appliesToInvoiceId", "appliesToInvoiceNumber", "salesInvoices", "number",
        'The "{}" should be the ID of an Open, Paid, Corrective, or Canceled Invoice.',
    )  # fmt: skip
    if invoice is not None and invoice["status"] == "Draft":
        raise dialog(
            'The "appliesToInvoiceId" should be the ID of an Open, Paid, Corrective, or Canceled Invoice.'
        )
    if customer is None and invoice is not None:
        customer = books.get("customers", invoice["billToCustomerId"])
        assert customer is not None
        values["customerId"], values["customerNumber"] = customer["id"], customer["number"]
    if customer is not None:
        values["_currency"] = customer["currencyCode"] or setup.BASE
        if not values.get("description"):
            values["description"] = customer["displayName"]
