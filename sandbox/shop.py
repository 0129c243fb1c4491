"""One simulated shop: its objects, its search index that lags behind, its tokens and its bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox import catalogue, parties
from sandbox.app_config import DEFAULT_SCOPES
from sandbox.bucket import Bucket
from sandbox.gids import Minter, number_of
from sandbox.idempotency import KeyBook
from sandbox.levels import Stock
from sandbox.search_index import SearchIndex
from sandbox.staff import StaffUser, first_staff
from sandbox.tokens import TokenBook

Record = dict[str, Any]
# What a new item has at each active location when its description does not say.
FIRST_STOCK = 1000


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
    staff: dict[str, StaffUser] = field(default_factory=first_staff)
    index: SearchIndex = field(default_factory=SearchIndex)
    locations: dict[str, Record] = field(default_factory=dict)
    products: dict[str, Record] = field(default_factory=dict)
    variants: dict[str, Record] = field(default_factory=dict)
    customers: dict[str, Record] = field(default_factory=dict)
    orders: dict[str, Record] = field(default_factory=dict)
    deleted: list[Record] = field(default_factory=list)
    stock: Stock = field(default_factory=Stock)
    # Items that a seed made come in number order, like all ids; so does this list.
    items: dict[int, Record] = field(default_factory=dict)
    keys: KeyBook = field(default_factory=KeyBook)
    bulk: dict[str, Record] = field(default_factory=dict)
    price_lists: dict[str, Record] = field(default_factory=dict)
    catalogs: dict[str, Record] = field(default_factory=dict)
    markets: dict[str, Record] = field(default_factory=dict)
    # Variants that refuse every price, and every change of a price, whoever made it.
    bad_prices: set[str] = field(default_factory=set)
    price_book: list[Record] = field(default_factory=list)
    # Every sale tried at the counter, with what was available at that moment.
    sales: list[Record] = field(default_factory=list)
    # Topics the shop keeps to itself.
    muted: frozenset[str] = frozenset()
    objects: dict[str, Record] = field(default_factory=dict)
    definitions: list[Record] = field(default_factory=list)
    # Values that only one owner may have: owner's type, namespace, key and value -> its id.
    unique: dict[tuple[str, str, str, str], str] = field(default_factory=dict)
    _skus: dict[str, list[str]] = field(default_factory=dict)
    _customers_by_email: dict[str, str] = field(default_factory=dict)
    _number: int = 1000

    def next_number(self) -> int:
        self._number += 1
        return self._number

    def add_location(self, name: str, minter: Minter, at: str) -> Record:
        place = catalogue.location(name, minter, at)
        self.locations[name] = self.objects[place["id"]] = place
        return place

    def remove_location(self, name: str) -> None:
        place = self.locations.pop(name)
        self.objects.pop(place["id"])
        self.stock.forget_location(number_of(place["id"]))

    def place(self, name: str | None) -> str:
        """A line's location, or the shop's first one."""
        return name if name in self.locations else next(iter(self.locations))

    def location_number(self, name: str | None) -> int:
        return number_of(self.locations[self.place(name)]["id"])

    def add_product(self, described: Mapping[str, Any], minter: Minter, at: str) -> Record:
        made = catalogue.product(described, minter, at, self.currency)
        self.products[made["id"]] = self.objects[made["id"]] = made
        for variant, wanted in zip(made["variants"], described["variants"], strict=True):
            self.variants[variant["id"]] = self.objects[variant["id"]] = variant
            shared = self.variant_by_sku(wanted.get("item_of"))
            if shared:
                variant["inventoryItem"] = shared["inventoryItem"]
                variant["sku"] = shared["sku"]
                shared["inventoryItem"]["variants"].append(variant)
            else:
                self._add_item(variant, wanted.get("stock", FIRST_STOCK))
            self._name(variant)
        return made

    def _add_item(self, variant: Record, stock: Mapping[str, int] | int | None) -> None:
        """An inventory item with its levels: one number for every active location, or a number each; None: none."""
        item = variant["inventoryItem"]
        self.items[number_of(item["id"])] = self.objects[item["id"]] = item
        if stock is None or variant["product"]["isGiftCard"]:
            return
        active = [name for name, place in self.locations.items() if place["isActive"]]
        wanted = stock if isinstance(stock, Mapping) else dict.fromkeys(active, stock)
        for name, quantity in wanted.items():
            place = number_of(self.locations[name]["id"])
            self.stock.connect(number_of(item["id"]), place, available=int(quantity))

    def take_in(self, variant: Record) -> None:
        """A variant that joins a product that is there already; nothing of it is in stock anywhere."""
        self.variants[variant["id"]] = self.objects[variant["id"]] = variant
        self._add_item(variant, None)
        self._name(variant)

    def _name(self, variant: Record) -> None:
        if variant["sku"]:
            self._skus.setdefault(variant["sku"], []).append(variant["id"])

    def rename(self, variant: Record, sku: str) -> None:
        """Another SKU: the item and every variant on it carry it."""
        item = variant["inventoryItem"]
        for one in item["variants"]:
            if one["sku"]:
                self._skus[one["sku"]].remove(one["id"])
            one["sku"] = sku
            self._name(one)
        item["sku"] = sku

    def remove_product(self, gid: str) -> None:
        """Lines of old orders keep their SKU and title; their links become null."""
        for variant in self.products.pop(gid)["variants"]:
            self.objects.pop(variant["id"], None)
            self.variants.pop(variant["id"], None)
            if variant["sku"]:
                self._skus[variant["sku"]].remove(variant["id"])
            item = variant["inventoryItem"]
            item["variants"].remove(variant)
            if not item["variants"]:
                self.objects.pop(item["id"])
                self.items.pop(number_of(item["id"]))
                self.stock.forget_item(number_of(item["id"]))
        self.objects.pop(gid, None)

    def variant_by_sku(self, sku: str | None) -> Record | None:
        """The first of those that carry it."""
        known = self._skus.get(sku or "")
        return self.variants[known[0]] if known else None

    def sku_count(self, sku: str | None) -> int:
        """How many inventory items carry a SKU, letter by letter."""
        known = self._skus.get(sku or "", ())
        return len({self.variants[gid]["inventoryItem"]["id"] for gid in known})

    def customer_for(self, described: Mapping[str, Any] | None, minter: Minter, at: str) -> Record | None:
        """The same e-mail is the same customer, with the tags that were said last; a guest order has none."""
        if not described:
            return None
        known = self._customers_by_email.get(str(described.get("email", "")).lower())
        if known:
            there = self.customers[known]
            there["tags"] = sorted(described.get("tags", there["tags"]))
            return there
        made = parties.customer(described, minter, at, self.currency)
        self.customers[made["id"]] = self.objects[made["id"]] = made
        self.mailed(made)
        return made

    def mailed(self, customer: Record) -> None:
        """Whoever has an e-mail is found by it."""
        if customer["email"]:
            self._customers_by_email[customer["email"].lower()] = customer["id"]

    def unmailed(self, customer: Record) -> None:
        self._customers_by_email.pop((customer["email"] or "").lower(), None)

    def by_email(self, email: str) -> Record | None:
        known = self._customers_by_email.get(email.strip().lower())
        return self.customers[known] if known else None

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
