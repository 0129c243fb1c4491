"""What the demo company sells: the shop's items with stock, and the services that charges are booked on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.tryton.books import Books
from sandbox.tryton.rpc import Rpc, Values

# Codes of the products that stand for what is no item; CUSTOM takes custom lines and unknown items.
CHARGES = ("SHIPPING", "TIP", "DUTY", "FEE", "GIFT-CARD", "ROUNDING", "CUSTOM", "ADJUSTMENT")
STOCK_EACH = 1_000.0
_BATCH = 50


@dataclass(frozen=True, kw_only=True)
class Article:
    """One item of the shop."""

    sku: str
    title: str
    price: Decimal = Decimal(10)
    stock: float = STOCK_EACH


def read_articles(described: Sequence[Any]) -> tuple[Article, ...]:
    """From JSON: a list of SKUs, or of objects with `sku` and, as known, `title`, `price` and `stock`."""
    return tuple(_article({"sku": each} if isinstance(each, str) else each) for each in described)


def numbered(count: int) -> tuple[Article, ...]:
    return tuple(Article(sku=f"SKU-{i:05d}", title=f"Article {i}") for i in range(1, count + 1))


def stock_up(rpc: Rpc, books: Books, articles: Sequence[Article]) -> None:
    category = rpc.create(
        "product.category",
        name="Everything",
        accounting=True,
        account_revenue=books.accounts["revenue"],
        account_expense=books.accounts["expense"],
    )
    unit = rpc.one("product.uom", ["name", "=", "Unit"])
    sold = {"default_uom": unit, "sale_uom": unit, "salable": True, "account_category": category}
    rows = [_template(Article(sku=code, title=code.title()), sold | {"type": "service"}) for code in CHARGES]
    rows += [_template(article, sold | {"type": "goods"}) for article in articles]
    for start in range(0, len(rows), _BATCH):
        rpc.create_many("product.template", rows[start : start + _BATCH])
    _take_stock(rpc, articles)


def _article(described: Values) -> Article:
    sku = str(described["sku"])
    return Article(
        sku=sku,
        title=str(described.get("title", sku)),
        price=Decimal(str(described.get("price", "10"))),
        stock=float(described.get("stock", STOCK_EACH)),
    )


def _template(article: Article, sold: Values) -> Values:
    return sold | {
        "name": article.title,
        "list_price": article.price,
        "lead_time": dt.timedelta(0),
        "products": [["create", [{"suffix_code": article.sku}]]],
    }


def _take_stock(rpc: Rpc, articles: Sequence[Article]) -> None:
    goods = rpc.find("product.product", ["template.type", "=", "goods"])
    codes = {row["code"]: row["id"] for row in rpc.read("product.product", goods, "code")}
    storage = rpc.one("stock.location", ["code", "=", "STO"])
    for start in range(0, len(articles), _BATCH):
        counted = [
            {"product": codes[article.sku], "quantity": article.stock}
            for article in articles[start : start + _BATCH]
            if article.stock
        ]
        if not counted:
            continue
        inventory = rpc.create(
            "stock.inventory", location=storage, empty_quantity="keep", lines=[["create", counted]]
        )
        rpc.call("model.stock.inventory.confirm", [inventory])
