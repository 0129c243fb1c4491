"""Fills a fresh Tryton database for the demo, over HTTP alone, and says how the hub signs in to it."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

from sandbox.tryton.books import COMPANY_CURRENCY, Books, open_books
from sandbox.tryton.catalogue import Article, stock_up
from sandbox.tryton.rpc import Rpc, Values

SHOP = "Shopify"
HUB_LOGIN = "stockbridge"
HUB_GROUPS = ("Sales", "Stock", "Party Administration", "Accounting", "Payment", "Payment Approval")
COUNTRIES = (
    ("AT", "Austria"),
    ("AU", "Australia"),
    ("BE", "Belgium"),
    ("CA", "Canada"),
    ("CH", "Switzerland"),
    ("DE", "Germany"),
    ("ES", "Spain"),
    ("FR", "France"),
    ("GB", "United Kingdom"),
    ("IT", "Italy"),
    ("JP", "Japan"),
    ("KW", "Kuwait"),
    ("NL", "Netherlands"),
    ("PL", "Poland"),
    ("US", "United States"),
)


def bootstrap(rpc: Rpc, articles: Sequence[Article], *, today: dt.date) -> Values:
    """Everything a shop's orders need; answers with what a connection form asks for."""
    for item in rpc.find("ir.module.config_wizard.item", ["state", "=", "open"]):
        rpc.write("ir.module.config_wizard.item", item, state="done")
    books = open_books(rpc, today.year)
    rpc.create_many("country.country", [{"code": code, "name": name} for code, name in COUNTRIES])
    stock_up(rpc, books, articles)
    _plain_invoices(rpc)
    shop, warehouse = _shop(rpc, books)
    return {
        "web_shop": SHOP,
        "web_shop_id": shop,
        "company": books.company,
        "warehouse": "WH",
        "warehouse_id": warehouse,
        **_hub(rpc, books),
    }


def _plain_invoices(rpc: Rpc) -> None:
    """Posting an invoice prints it; Tryton's own form costs seconds of work each time, a line of text none."""
    report = rpc.one("ir.action.report", ["report_name", "=", "account.invoice"])
    text = b"Invoice ${records[0].number}\n"
    rpc.write("ir.action.report", report, template_extension="txt", extension="", report_content_custom=text)


def _shop(rpc: Rpc, books: Books) -> tuple[int, int]:
    warehouse = rpc.one("stock.location", ["code", "=", "WH"])
    shop = rpc.create(
        "web.shop",
        name=SHOP,
        company=books.company,
        currency=books.currencies[COMPANY_CURRENCY],
        warehouses=[["add", [warehouse]]],
    )
    return shop, warehouse


def _hub(rpc: Rpc, books: Books) -> Values:
    """A user that may do what the hub does and no more, with a password for JSON-RPC and a key for REST."""
    groups = rpc.find("res.group", ["name", "in", list(HUB_GROUPS)])
    password = secrets.token_urlsafe(24)
    user = rpc.create(
        "res.user",
        name="Stockbridge",
        login=HUB_LOGIN,
        password=password,
        groups=[["add", groups]],
        companies=[["add", [books.company]]],
        company=books.company,
    )
    application = rpc.create("res.user.application", user=user, application="rest")
    key = rpc.read("res.user.application", [application], "key")[0]["key"]
    return {"user": HUB_LOGIN, "password": password, "key": key}
