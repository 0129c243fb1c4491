"""What Tryton has, asked over its REST API, and its stock moved over its JSON-RPC as its own people would."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import httpx

from sandbox.demo.ends import Booked, key_of, units_of
from sandbox.demo.refund_ends import Credited
from sandbox.demo.store import PLAIN
from sandbox.tryton.rpc import Rpc

_PAGE = 200
_FAR = dt.timedelta(days=365)
_QUANTITIES = ("code", "quantity", "forecast_quantity")


class TrytonBooks:
    """A sale counts once it is confirmed; its money is what its payments brought in."""

    _FIELDS = ("state", "number", "web_id", "currency.code", "total_amount", "payments.state", "payments.amount",
               "invoices.state", "lines.product.code", "lines.quantity")  # fmt: skip

    def __init__(self, credentials: Mapping[str, str], shop: str) -> None:
        self._shop = shop
        self._web_shop = credentials.get("web_shop") or "Shopify"
        root = f"{credentials['address'].rstrip('/')}/{credentials['database']}/rest/model"
        headers = {"authorization": f"Bearer {credentials['key']}"}
        self._client = httpx.Client(base_url=root, headers=headers, timeout=60.0, **PLAIN)
        self._credentials = credentials
        # Of each item its id and what lies there, which nobody but us changes while goods come and go.
        self._products: dict[str, tuple[int, Decimal]] = {}

    def stock(self, items: list[Any]) -> None:
        """Its items and what it has of them are made when it is set up."""

    def credits(self) -> list[Credited] | str:
        """Returns: sales of negative quantities, which count what went back below zero."""
        return [
            Credited(
                id=str(row["number"] or row["id"]),
                key=key,
                real=_stands(row),
                total=-_amount(row["total_amount"]),
                paid=_succeeded(row),
                currency=row["currency"]["code"],
            )
            for row in self._rows()
            if (key := key_of("refund", row["web_id"], self._shop)) is not None
        ]

    def free(self) -> Mapping[str, Decimal]:
        """What is forecast for the far future: every move that is planned has happened by then."""
        warehouse = self._find("stock.location", ["code"], [["code", "=", "WH"]], {})[0]["id"]
        context = {"locations": [warehouse], "stock_date_end": _day(dt.datetime.now(dt.UTC).date() + _FAR)}
        found: dict[str, Decimal] = {}
        last = 0
        while True:
            domain = [["type", "=", "goods"], ["id", ">", last]]
            rows = self._find("product.product", _QUANTITIES, domain, context)
            found |= {row["code"]: Decimal(str(row["forecast_quantity"])) for row in rows if row["code"]}
            for row in rows:
                self._products.setdefault(row["code"], (row["id"], Decimal(str(row["quantity"]))))
            if len(rows) < _PAGE:
                return found
            last = rows[-1]["id"]

    def move(self, units: Mapping[str, int]) -> None:
        """A count of these items alone: Tryton makes the stock moves from or to its lost and found."""
        rpc, lines = self._rpc(), []
        for sku, count in units.items():
            product, there = self._products[sku]
            self._products[sku] = product, there + count
            lines.append({"product": product, "quantity": float(there + count)})
        storage = rpc.one("stock.location", ["code", "=", "STO"])
        counted = rpc.create(
            "stock.inventory", location=storage, empty_quantity="keep", lines=[["create", lines]]
        )
        rpc.call("model.stock.inventory.confirm", [counted])

    def _rpc(self) -> Rpc:
        parts, known = urlsplit(self._credentials["address"]), self._credentials
        assert parts.port is not None
        rpc = Rpc(parts.port, known["database"], known["password"], user=known["user"])
        rpc.context["company"] = self._company()
        return rpc

    def _company(self) -> int:
        found = self._find("web.shop", ["company.id"], [["name", "=", self._web_shop]], {})[0]["company"][
            "id"
        ]
        return int(found)

    def documents(self) -> list[Booked]:
        return [
            Booked(
                id=str(row["number"] or row["id"]),
                key=key,
                real=_stands(row),
                total=_amount(row["total_amount"]),
                paid=_succeeded(row),
                currency=row["currency"]["code"],
                cancelled=row["state"] == "cancelled",
                units=units_of((line["product"]["code"], line["quantity"]) for line in row["lines"] if line["product"]),
            )
            for row in self._rows()
            if (key := key_of("order", row["web_id"], self._shop)) is not None
        ]  # fmt: skip

    def _rows(self) -> Iterator[dict[str, Any]]:
        company, last = self._company(), 0
        while True:
            domain = [["web_shop.name", "=", self._web_shop], ["id", ">", last]]
            rows = self._find("sale.sale", self._FIELDS, domain, {"company": company})
            yield from rows
            if len(rows) < _PAGE:
                return
            last = rows[-1]["id"]

    def _find(self, model: str, fields: Any, domain: Any, context: Mapping[str, Any]) -> list[dict[str, Any]]:
        query = [("f", name) for name in fields] + [("d", _packed(domain)), ("s", str(_PAGE))]
        query += [("o", _packed([["id", "ASC"]]))]
        headers = {"x-tryton-context": _packed(context)} if context else {}
        answer = self._client.get(f"/{model}", params=query, headers=headers).raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found


def _stands(row: Mapping[str, Any]) -> bool:
    """Neither draft nor void; a sale in work is given up by cancelling its invoices."""
    invoices = [invoice["state"] for invoice in row["invoices"]]
    given_up = bool(invoices) and all(state == "cancelled" for state in invoices)
    return row["state"] not in {"draft", "quotation", "cancelled"} and not given_up


def _succeeded(row: Mapping[str, Any]) -> Decimal:
    return sum((_amount(p["amount"]) for p in row["payments"] if p["state"] == "succeeded"), Decimal(0))


def _day(day: dt.date) -> dict[str, Any]:
    return {"__class__": "date", "year": day.year, "month": day.month, "day": day.day}


def _amount(value: Any) -> Decimal:
    return Decimal(value["decimal"]) if value else Decimal(0)


def _packed(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()
