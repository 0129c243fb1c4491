"""One simulated shop: its objects, its search index that lags behind, its tokens and its bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox import catalogue, parties
from sandbox.app_config import DEFAULT_SCOPES
from sandbox.bucket import Bucket
from sandbox.gids import Minter
from sandbox.search_index import SearchIndex
from sandbox.tokens import TokenBook

Record = dict[str, Any]


@dataclass(kw_only=True)
class Shop:
    domain: str
    gid: str
    currency: str
    name: str
    created_at: str
    taxes_included: bool = False
    plan: str = "Basic"
    installed: bool = False
    frozen: bool = False
    scopes: str = DEFAULT_SCOPES
    # Kinds of personal data the app was not approved for: name, email, phone, address.
    withheld: frozenset[str] = frozenset()
    bucket: Bucket = field(default_factory=Bucket)
    tokens: TokenBook = field(default_factory=TokenBook)
    index: SearchIndex = field(default_factory=SearchIndex)
    locations: dict[str, Record] = field(default_factory=dict)
    products: dict[str, Record] = field(default_factory=dict)
    variants: dict[str, Record] = field(default_factory=dict)
    customers: dict[str, Record] = field(default_factory=dict)
    orders: dict[str, Record] = field(default_factory=dict)
    deleted: list[Record] = field(default_factory=list)
    objects: dict[str, Record] = field(default_factory=dict)
    definitions: list[Record] = field(default_factory=list)
    _skus: dict[str, str] = field(default_factory=dict)
    _customers_by_email: dict[str, str] = field(default_factory=dict)
    _number: int = 1000

    def next_number(self) -> int:
        self._number += 1
        return self._number

    def add_location(self, name: str, minter: Minter, at: str) -> Record:
        place = catalogue.location(name, minter, at)
        self.locations[name] = self.objects[place["id"]] = place
        return place

    def place(self, name: str | None) -> str:
        """A line's location, or the shop's first one."""
        return name if name in self.locations else next(iter(self.locations))

    def add_product(self, described: Mapping[str, Any], minter: Minter, at: str) -> Record:
        made = catalogue.product(described, minter, at, self.currency)
        self.products[made["id"]] = self.objects[made["id"]] = made
        for variant in made["variants"]:
            self.variants[variant["id"]] = self.objects[variant["id"]] = variant
            self.objects[variant["inventoryItem"]["id"]] = variant["inventoryItem"]
            self._skus[variant["sku"]] = variant["id"]
        return made

    def remove_product(self, gid: str) -> None:
        """Lines of old orders keep their SKU and title; their links become null."""
        for variant in self.products.pop(gid)["variants"]:
            self.objects.pop(variant["id"], None)
            self.variants.pop(variant["id"], None)
            self._skus.pop(variant["sku"], None)
        self.objects.pop(gid, None)

    def variant_by_sku(self, sku: str | None) -> Record | None:
        return self.variants.get(self._skus.get(sku or "", ""))

    def customer_for(self, described: Mapping[str, Any] | None, minter: Minter, at: str) -> Record | None:
        """The same e-mail is the same customer; a guest order has none."""
        if not described:
            return None
        known = self._customers_by_email.get(str(described.get("email", "")).lower())
        if known:
            return self.customers[known]
        made = parties.customer(described, minter, at, self.currency)
        self.customers[made["id"]] = self.objects[made["id"]] = made
        if made["email"]:
            self._customers_by_email[made["email"].lower()] = made["id"]
        return made

    def add_order(self, order: Record) -> None:
        self.orders[order["id"]] = self.objects[order["id"]] = order
        for part in (*order["lineItems"], *order["fulfillmentOrders"]):
            self.objects[part["id"]] = part
        self.index.note(order)

    def remove_order(self, gid: str) -> Record:
        order = self.orders.pop(gid)
        self.objects.pop(gid)
        self.deleted.append(order)
        self.index.forget(gid)
        return order
