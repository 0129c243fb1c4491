"""A simulated shop in this process: any order at all is drawn, placed, and read through our own documents and the real schema."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, cast

from hypothesis import strategies as st

from app.domain.ids import StoreKey
from app.domain.order import Order
from app.domain.refund import Refund
from app.ports import Lane
from app.shopify.client import Client
from app.shopify.documents import document
from app.shopify.orders import Orders
from app.shopify.refunds import Refunds
from sandbox import order_acts
from sandbox.app_config import AppConfig
from sandbox.documents import Documents
from sandbox.money import decimals
from sandbox.plan import LOCATIONS
from sandbox.resolve import Request
from sandbox.schema import DEFAULT_FILE, load
from sandbox.server import build_world

Described = dict[str, Any]
RATES = {"EUR": "1", "USD": "1.0843", "JPY": "163.27", "KWD": "0.3331"}
RATE = st.sampled_from(["0.19", "0.07", "0.0625", "0.0033", "0.01125"])


@cache
def _documents() -> Documents:
    return Documents(load(DEFAULT_FILE))


class DrawnShop:
    """One shop of any currency, as our own readers see it; implements what they need of a `Client`."""

    def __init__(self, currency: str) -> None:
        self._world = build_world(AppConfig())
        self._shop = self._world.add_shop("drawn.myshopify.com", currency)
        for name in LOCATIONS:
            self._shop.add_location(name, self._world.minter, "2026-01-01T00:00:00Z")
        self.shop = self._shop.domain
        client = cast("Client", self)
        self._orders, self._refunds = Orders(client), Refunds(client)

    def place(self, described: Mapping[str, Any]) -> dict[str, Any]:
        """The order as the shop itself keeps it."""
        return order_acts.place(self._world, self._shop, described)

    def act(self, order: dict[str, Any], act: Mapping[str, Any]) -> bool:
        """False: the shop does not let it happen."""
        try:
            order_acts.perform(self._world, self._shop, order["id"], act)
        except ValueError:
            return False
        return True

    def happens(self, order: dict[str, Any], drawn: Mapping[str, Any]) -> bool:
        """A drawn act; what is exchanged was sent before."""
        if drawn["act"] in EXCHANGES:
            self.act(order, {"act": "fulfil"})
        return self.act(order, spoken(order, drawn))

    def read(self, order: dict[str, Any]) -> Order:
        return asyncio.run(self.read_now(order))

    async def read_now(self, order: dict[str, Any]) -> Order:
        found = await self._orders.get(StoreKey(order["legacyResourceId"]))
        assert found is not None
        return found

    def refunds(self, order: Order) -> list[Refund]:
        return asyncio.run(self.refunds_now(order))

    def refund(self, key: StoreKey) -> Refund | None:
        return asyncio.run(self._refunds.get(key))

    async def refunds_now(self, order: Order) -> list[Refund]:
        found = [await self._refunds.get(key) for key in order.refund_keys]
        return [refund for refund in found if refund is not None]

    async def run(self, name: str, variables: Mapping[str, Any], _lane: Lane) -> dict[str, Any]:
        documents = _documents()
        asked = documents.read(document(name).text)
        request = Request(
            world=self._world, shop=self._shop, admin=documents.admin, scope="", denied=frozenset()
        )
        result = documents.execute(asked, None, variables, request)
        assert not asked.errors, asked.errors
        assert not result.errors, result.errors
        assert result.data is not None
        return result.data


@st.composite
def orders(draw: st.DrawFn) -> Described:
    """Every discount kind, both ways of taxing, several taxes a line, shipping, duties, tips, fees, gift cards."""
    currency = draw(st.sampled_from(sorted(RATES)))

    def price(most: int) -> str:
        return format(Decimal(draw(st.integers(1, most))).scaleb(-decimals(currency)), "f")

    def taxes() -> list[Described]:
        rates = draw(st.lists(RATE, max_size=3, unique=True))
        return [{"title": f"Tax {rate}", "rate": rate, "channel_liable": False} for rate in rates]

    lines: list[Described] = [
        {"title": f"Thing {n}", "sku": f"T-{n}", "vendor": "V", "quantity": draw(st.integers(1, 7)),
         "price": price(9999), "taxes": taxes()}
        | ({"duty": {"price": price(500)}} if draw(st.booleans()) else {})
        for n in range(draw(st.integers(1, 3)))
    ]  # fmt: skip
    if draw(st.booleans()):
        card = {"title": "Card", "sku": "CARD", "price": price(9999), "gift_card": True, "taxes": []}
        lines.append(card | {"quantity": draw(st.integers(1, 2))})
    return {
        "currency": currency,
        "rate": RATES[currency],
        "taxes_included": draw(st.booleans()),
        "lines": lines,
        "shipping": [{"title": "S", "price": price(999), "taxes": taxes()}] if draw(st.booleans()) else [],
        "discounts": draw(st.lists(discounts(len(lines), price(400)), max_size=3)),
        "tip": price(300) if draw(st.booleans()) else "0",
        "fees": [{"name": "Deposit", "price": price(99)}] if draw(st.booleans()) else [],
        "transactions": draw(_payments(price(50))),
    }


@st.composite
def discounts(draw: st.DrawFn, lines: int, amount: str) -> Described:
    """Codes, automatic ones, by hand or by script; on lines, on all, on shipping; shares and amounts."""
    made: Described = {
        "kind": draw(st.sampled_from(["code", "automatic", "manual", "script"])),
        "title": f"D{draw(st.integers(0, 9))}",
        "method": draw(st.sampled_from(["ACROSS", "EACH", "ONE"])),
    }
    if draw(st.booleans()):
        made["percentage"] = draw(st.sampled_from([5, 7.5, 33.33, 100]))
    else:
        made |= {"amount": amount, "method": "ACROSS"}
    target = draw(st.sampled_from(["lines", "all", "shipping"]))
    if target == "shipping":
        return made | {"target": "SHIPPING_LINE"}
    return made | ({"lines": [draw(st.integers(0, lines - 1))]} if target == "lines" else {})


@st.composite
def _payments(draw: st.DrawFn, part: str) -> list[Described]:
    card: Described = {"gateway": "shopify_payments"}
    way = draw(st.sampled_from(["paid", "paid", "gift card", "both", "partly", "authorised", "unpaid"]))
    return {
        "paid": [card],
        "gift card": [{"gateway": "gift_card"}],
        "both": [{"gateway": "gift_card", "amount": part}, card],
        "partly": [card | {"amount": part}],
        "authorised": [card | {"kind": "AUTHORIZATION"}],
        "unpaid": [],
    }[way]


ACTS = (
    "units",
    "lost",
    "shipping",
    "duties",
    "money",
    "kept",
    "credit",
    "fulfil",
    "capture",
    "all",
    "cancel",
)


EXCHANGES = ("exchange", "swap")
"""With a refund, and without one."""


def acts(names: tuple[str, ...] = ACTS, *, least: int = 0) -> st.SearchStrategy[list[Described]]:
    numbers = {"line": st.integers(0, 3), "units": st.integers(1, 7), "part": st.integers(0, 100)}
    return st.lists(
        st.fixed_dictionaries({"act": st.sampled_from(names), **numbers}), min_size=least, max_size=6
    )


def _authorised(order: dict[str, Any]) -> bool:
    kinds = {transaction["kind"] for transaction in order["transactions"]}
    return "AUTHORIZATION" in kinds and not kinds & {"CAPTURE", "VOID"}


def _returnable(order: dict[str, Any]) -> list[int]:
    return [
        place
        for place, item in enumerate(order["lineItems"])
        if item["currentQuantity"]
        and item["_fulfilled"] - item.get("_returned", 0) >= item["currentQuantity"]
    ]


def spoken(order: dict[str, Any], drawn: Described) -> Described:
    """A drawn act in the words of the simulated shop."""
    lines = _returnable(order) if drawn["act"] in EXCHANGES else []
    lines = lines or list(range(len(order["lineItems"])))
    line = lines[drawn["line"] % len(lines)]
    units = min(drawn["units"], order["lineItems"][line]["currentQuantity"])
    currency = order["_exchange"].presentment
    money = format(Decimal(drawn["part"]).scaleb(-decimals(currency)), "f")
    some = {"act": "refund", "lines": [{"line": line, "quantity": units}]}
    instead = {"title": "Instead", "sku": "I-1", "vendor": "V", "price": money, "quantity": 1}
    taxed: Described = {"taxes": [{"title": "Tax 0.07", "rate": "0.07"}] if drawn["part"] % 2 else []}
    whole = {"act": "refund", "lines": "all", "shipping": "full", "duties": "full", "amount": "all"}
    words: dict[str, Described] = {
        "units": some,
        "lost": {"act": "refund", "lines": [{"line": line, "quantity": units, "restock": "NO_RESTOCK"}]},
        "shipping": {"act": "refund", "shipping": "full" if drawn["part"] > 50 else money},
        "duties": {"act": "refund", "duties": "full"},
        "money": {"act": "refund", "amount": money},
        "kept": some | {"amount": money},
        "credit": some | {"gateway": "shopify_store_credit"},
        "fulfil": {"act": "fulfil"},
        "capture": {"act": "capture" if _authorised(order) else "pay"},
        "all": whole,
        "cancel": {"act": "cancel", "refund": True},
        "edit": {"act": "edit", "line": line, "quantity": drawn["units"] - 1},
        "add": {"act": "edit", "add": instead | {"taxes": [{"title": "Tax 0.19", "rate": "0.19"}]}},
        "exchange": some | {"act": "exchange", "add": [instead | taxed]},
        "swap": some | {"act": "exchange", "add": [instead | taxed], "refund": False},
    }
    return words[drawn["act"]]
