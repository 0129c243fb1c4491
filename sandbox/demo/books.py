"""What the ERP has, asked of the ERP itself: the demo ERP over its own API, Tryton over its REST API."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Protocol

import httpx

from sandbox.demo.ends import Booked
from sandbox.demo.store import PLAIN

_PAGE = 200


class Books(Protocol):
    def stock(self, items: list[Any]) -> None:
        """Makes the plan's items known, where the ERP takes them over its API."""
        ...

    def documents(self) -> list[Booked]:
        """Every document of the shop, drafts and cancelled ones included."""
        ...


def open_books(host: str, credentials: Mapping[str, str], shop: str) -> Books:
    kinds: dict[str, type[MemoryBooks | TrytonBooks]] = {"memory": MemoryBooks, "tryton": TrytonBooks}
    return kinds[host](credentials, shop)


class MemoryBooks:
    def __init__(self, credentials: Mapping[str, str], shop: str) -> None:
        self._shop = shop
        headers = {"authorization": f"Bearer {credentials['key']}"}
        address = credentials["address"].rstrip("/")
        self._client = httpx.Client(base_url=address, headers=headers, timeout=60.0, **PLAIN)

    def stock(self, items: list[Any]) -> None:
        known = [{"code": item["sku"], "title": item["title"]} for item in items]
        self._client.put("/v1/items", json={"items": known}).raise_for_status()

    def documents(self) -> list[Booked]:
        return [
            Booked(
                id=row["number"],
                key=key,
                real=row["status"] not in {"draft", "cancelled"},
                total=Decimal(row["total"]),
                paid=Decimal(row["paid"]),
                currency=row["currency"],
            )
            for row in self._rows()
            if (key := order_key(row["external_id"], self._shop)) is not None
        ]

    def _rows(self) -> Iterator[dict[str, Any]]:
        after: int | None = 0
        while after is not None:
            answer = self._client.get("/v1/documents", params={"after": after, "limit": _PAGE})
            page = answer.raise_for_status().json()
            yield from page["documents"]
            after = page["next"]


class TrytonBooks:
    """A sale counts once it is confirmed; its money is what its payments brought in."""

    _FIELDS = ("state", "number", "web_id", "currency.code", "total_amount", "payments.state", "payments.amount",
               "invoices.state")  # fmt: skip

    def __init__(self, credentials: Mapping[str, str], shop: str) -> None:
        self._shop = shop
        self._web_shop = credentials.get("web_shop") or "Shopify"
        root = f"{credentials['address'].rstrip('/')}/{credentials['database']}/rest/model"
        headers = {"authorization": f"Bearer {credentials['key']}"}
        self._client = httpx.Client(base_url=root, headers=headers, timeout=60.0, **PLAIN)

    def stock(self, items: list[Any]) -> None:
        """Its items are made when it is set up."""

    def documents(self) -> list[Booked]:
        return [
            Booked(
                id=str(row["number"] or row["id"]),
                key=key,
                real=_stands(row),
                total=_amount(row["total_amount"]),
                paid=sum((_amount(p["amount"]) for p in row["payments"] if p["state"] == "succeeded"), Decimal(0)),
                currency=row["currency"]["code"],
            )
            for row in self._rows()
            if (key := order_key(row["web_id"], self._shop)) is not None
        ]  # fmt: skip

    def _rows(self) -> Iterator[dict[str, Any]]:
        company = self._find("web.shop", ["company.id"], [["name", "=", self._web_shop]], {})[0]["company"]
        last = 0
        while True:
            domain = [["web_shop.name", "=", self._web_shop], ["id", ">", last]]
            rows = self._find("sale.sale", self._FIELDS, domain, {"company": company["id"]})
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


def order_key(external_id: str | None, shop: str) -> str | None:
    """The store's order in an external id of ours, `order-<shop>-<order>`; None for another shop's document."""
    kind, _, rest = (external_id or "").partition("-")
    store, _, key = rest.rpartition("-")
    mine = store.startswith(shop.partition(".")[0] + "_")
    return key if kind == "order" and mine else None


def _stands(row: Mapping[str, Any]) -> bool:
    """Neither draft nor void; a sale in work is given up by cancelling its invoices."""
    invoices = [invoice["state"] for invoice in row["invoices"]]
    given_up = bool(invoices) and all(state == "cancelled" for state in invoices)
    return row["state"] not in {"draft", "quotation", "cancelled"} and not given_up


def _amount(value: Any) -> Decimal:
    return Decimal(value["decimal"]) if value else Decimal(0)


def _packed(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()
