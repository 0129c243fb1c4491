"""The books of the demo company: currencies with rates, chart of accounts, fiscal years, taxes, payment journals."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from sandbox.tryton.rpc import Rpc

COMPANY_CURRENCY = "EUR"
# Code, name, decimals and how many of them one euro buys; the rates never change, so that totals compare.
CURRENCIES = (
    ("EUR", "Euro", 2, "1"),
    ("USD", "US dollar", 2, "1.10"),
    ("GBP", "Pound sterling", 2, "0.85"),
    ("JPY", "Yen", 0, "160"),
    ("KWD", "Kuwaiti dinar", 3, "0.34"),
)
TAX_RATES = (
    *(
        "0",
        "0.0033",
        "0.0075",
        "0.01125",
        "0.05",
        "0.055",
        "0.06",
        "0.0625",
        "0.07",
        "0.08",
        "0.0825",
        "0.08875",
    ),
    *("0.1", "0.19", "0.2", "0.21", "0.25"),
)
# What the shop calls its ways of paying, and whether the money waits with a processor or in sold gift cards.
PAYMENT_METHODS = (
    ("shopify_payments", "clearing"),
    ("paypal", "clearing"),
    ("manual", "clearing"),
    ("cash", "clearing"),
    ("gift_card", "gift cards"),
)
_LONG_AGO = dt.date(2000, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Books:
    """Ids that the catalogue needs."""

    company: int
    currencies: dict[str, int]
    accounts: dict[str, int]
    taxes: dict[str, int]


def open_books(rpc: Rpc, year: int) -> Books:
    currencies = {code: _currency(rpc, code, name, digits, rate) for code, name, digits, rate in CURRENCIES}
    company = _company(rpc, currencies[COMPANY_CURRENCY])
    _chart(rpc, company)
    accounts = _accounts(rpc, company)
    for each in (year - 1, year, year + 1):
        _fiscal_year(rpc, company, each)
    rpc.create("account.invoice.payment_term", name="At once", lines=[["create", [{"type": "remainder"}]]])
    taxes = {rate: _tax(rpc, company, accounts["taxes"], Decimal(rate)) for rate in TAX_RATES}
    _payment_journals(rpc, company, currencies, accounts)
    return Books(company=company, currencies=currencies, accounts=accounts, taxes=taxes)


def _currency(rpc: Rpc, code: str, name: str, digits: int, rate: str) -> int:
    currency = rpc.create(
        "currency.currency",
        code=code,
        name=name,
        symbol=code,
        digits=digits,
        rounding=Decimal(1).scaleb(-digits),
    )
    rpc.create("currency.currency.rate", currency=currency, date=_LONG_AGO, rate=Decimal(rate))
    return currency


def _company(rpc: Rpc, currency: int) -> int:
    party = rpc.create("party.party", name="Demo Company")
    company = rpc.create("company.company", party=party, currency=currency)
    rpc.write("res.user", rpc.user, companies=[["add", [company]]], company=company)
    rpc.context["company"] = company
    return company


def _chart(rpc: Rpc, company: int) -> None:
    """The chart comes from the module's own wizard: which accounts, then the defaults among them."""
    template = rpc.call("model.ir.model.data.get_id", "account.account_template_root_en")
    session, _, _ = rpc.call("wizard.account.create_chart.create")
    chosen = {"account": {"company": company, "account_template": template}}
    rpc.call("wizard.account.create_chart.execute", session, chosen, "create_account")
    defaults = {
        "company": company,
        "account_receivable": _by_code(rpc, company, "1.2.1"),
        "account_payable": _by_code(rpc, company, "2.1.1"),
        "category_account_expense": _by_code(rpc, company, "5.2.1"),
        "category_account_revenue": _by_code(rpc, company, "4.1.1"),
    }
    rpc.call("wizard.account.create_chart.execute", session, {"properties": defaults}, "create_properties")
    rpc.call("wizard.account.create_chart.delete", session)


def _accounts(rpc: Rpc, company: int) -> dict[str, int]:
    exchange = _by_code(rpc, company, "6.2.1")
    rpc.write(
        "account.configuration",
        1,
        currency_exchange_debit_account=exchange,
        currency_exchange_credit_account=exchange,
        tax_rounding="line",  # as shops do
    )
    return {
        "revenue": _by_code(rpc, company, "4.1.1"),
        "expense": _by_code(rpc, company, "5.2.1"),
        "taxes": _by_code(rpc, company, "6.3.6"),
        "clearing": _beside(rpc, company, "1.1.1", "1.1.9", "Shop payments on their way"),
        "gift cards": _beside(rpc, company, "2.2.2", "2.2.9", "Gift cards sold"),
    }


def _by_code(rpc: Rpc, company: int, code: str) -> int:
    return rpc.one("account.account", ["company", "=", company], ["code", "=", code])


def _beside(rpc: Rpc, company: int, neighbour: str, code: str, name: str) -> int:
    like = rpc.read("account.account", [_by_code(rpc, company, neighbour)], "type", "parent")[0]
    values = {"name": name, "code": code, "company": company, "reconcile": True}
    return rpc.create("account.account", type=like["type"], parent=like["parent"], **values)


def _fiscal_year(rpc: Rpc, company: int, year: int) -> None:
    moves = rpc.create("ir.sequence.strict", name=f"Moves {year}", **_sequence(rpc, company, "Account Move"))
    invoices = rpc.create("ir.sequence.strict", name=f"Invoices {year}", **_sequence(rpc, company, "Invoice"))
    kinds = ("out_invoice", "in_invoice", "out_credit_note", "in_credit_note")
    numbering = {f"{kind}_sequence": invoices for kind in kinds} | {"company": company}
    fiscal_year = rpc.create(
        "account.fiscalyear",
        name=str(year),
        company=company,
        start_date=dt.date(year, 1, 1),
        end_date=dt.date(year, 12, 31),
        move_sequence=moves,
        invoice_sequences=[["create", [numbering]]],
    )
    rpc.call("model.account.fiscalyear.create_period", [fiscal_year])


def _sequence(rpc: Rpc, company: int, kind: str) -> dict[str, int]:
    return {"company": company, "sequence_type": rpc.one("ir.sequence.type", ["name", "=", kind])}


def _tax(rpc: Rpc, company: int, account: int, rate: Decimal) -> int:
    name = f"Tax {rate * 100:f}".rstrip("0").rstrip(".") if rate else "Tax 0"
    return rpc.create(
        "account.tax",
        name=f"{name} %",
        description=f"{name} %",
        type="percentage",
        rate=rate,
        company=company,
        invoice_account=account,
        credit_note_account=account,
    )


def _payment_journals(rpc: Rpc, company: int, currencies: dict[str, int], accounts: dict[str, int]) -> None:
    """Tryton keeps one payment journal per way of paying and currency; they are told apart by both."""
    cash = rpc.one("account.journal", ["code", "=", "CASH"])
    rows = [
        {
            "name": method,
            "company": company,
            "currency": currency,
            "process_method": "manual",
            "clearing_account": accounts[account],
            "clearing_journal": cash,
        }
        for method, account in PAYMENT_METHODS
        for currency in currencies.values()
    ]
    rpc.create_many("account.payment.journal", rows)
