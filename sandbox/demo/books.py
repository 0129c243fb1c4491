"""What the ERP has, asked of the ERP itself, and its stock moved as its own people would; the demo ERP's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

import httpx

from sandbox.demo.ends import Booked, key_of, units_of
from sandbox.demo.refund_ends import Credited
from sandbox.demo.store import PLAIN
from sandbox.demo.tables import tables_of

_PAGE = 200


class Books(Protocol):
    def stock(self, items: list[Any]) -> None:
        """Makes the plan's items known, where the ERP takes them over its API."""
        ...

    def documents(self) -> list[Booked]:
        """Every document of the shop, drafts and cancelled ones included."""
        ...

    def credits(self) -> list[Credited] | str:
        """Every credit against the shop's documents; or the reason why this ERP books none."""
        ...

    def free(self) -> Mapping[str, Decimal]:
        """What of each item may be sold, as the ERP says it of its one warehouse."""
        ...

    def move(self, units: Mapping[str, int]) -> None:
        """So many units of each item come into the warehouse, or leave it, below zero."""
        ...


class MemoryBooks:
    def __init__(self, credentials: Mapping[str, str], shop: str) -> None:
        self._shop = shop
        headers = {"authorization": f"Bearer {credentials['key']}"}
        address = credentials["address"].rstrip("/")
        self._client = httpx.Client(base_url=address, headers=headers, timeout=60.0, **PLAIN)

    def stock(self, items: list[Any]) -> None:
        known = [{"code": item["sku"], "title": item["title"]} for item in items]
        self._client.put("/v1/items", json={"items": known}).raise_for_status()
        counted = {item["sku"]: item["stock"] for item in items if "stock" in item}
        self._client.put("/control/stock", json=_shelves(counted)).raise_for_status()

    def free(self) -> Mapping[str, Decimal]:
        found: dict[str, Decimal] = {}
        after: str | None = ""
        while after is not None:
            page = self._client.get("/v1/stock", params={"after": after}).raise_for_status().json()
            found |= {shelf["item"]: Decimal(shelf["available"]) for shelf in page["shelves"]}
            after = page["next"]
        return found

    def move(self, units: Mapping[str, int]) -> None:
        self._client.patch("/control/stock", json=_shelves(units)).raise_for_status()

    def price(self, prices: Mapping[str, Decimal], *, currency: str, tier: str = "") -> None:
        rows = [
            {"item": sku, "price": str(price), "currency": currency, "tier": tier or None}
            for sku, price in prices.items()
        ]
        self._client.put("/control/prices", json={"prices": rows}).raise_for_status()

    def sell(self, wares: Sequence[Mapping[str, Any]]) -> None:
        self._client.put(
            "/control/products", json={"wares": [dict(ware) for ware in wares]}
        ).raise_for_status()

    def documents(self) -> list[Booked]:
        return [
            Booked(
                id=row["number"],
                key=key,
                real=row["status"] not in {"draft", "cancelled"},
                total=Decimal(row["total"]),
                paid=Decimal(row["paid"]),
                currency=row["currency"],
                cancelled=row["status"] == "cancelled",
                units=units_of(
                    (line["item"], line["quantity"]) for line in row["lines"] if line["kind"] == "item"
                ),
            )
            for row in self._rows()
            if row["against"] is None and (key := key_of("order", row["external_id"], self._shop)) is not None
        ]

    def credits(self) -> list[Credited] | str:
        return [
            Credited(
                id=row["number"],
                key=key,
                real=row["status"] not in {"draft", "cancelled"},
                total=Decimal(row["total"]),
                paid=Decimal(row["paid"]),
                currency=row["currency"],
            )
            for row in self._rows()
            if row["against"] is not None
            and (key := key_of("refund", row["external_id"], self._shop)) is not None
        ]

    def _rows(self) -> Iterator[dict[str, Any]]:
        after: int | None = 0
        while after is not None:
            answer = self._client.get("/v1/documents", params={"after": after, "limit": _PAGE})
            page = answer.raise_for_status().json()
            yield from page["documents"]
            after = page["next"]


def _shelves(units: Mapping[str, int]) -> dict[str, Any]:
    place = tables_of("memory").warehouse
    return {"shelves": [{"item": sku, "warehouse": place, "physical": str(n)} for sku, n in units.items()]}
