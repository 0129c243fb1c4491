"""The watches of a demo: one for each flow besides orders and stock that was asked for."""

from __future__ import annotations

import argparse
import random
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.demo import products
from sandbox.demo.api import Api
from sandbox.demo.books import Books, MemoryBooks
from sandbox.demo.people import Society
from sandbox.demo.people_doors import MemoryPeople, StorePeople
from sandbox.demo.prices import PriceTrade
from sandbox.demo.shipping import DemoDispatch, ShippingWatch
from sandbox.demo.store import Store
from sandbox.demo.watching import PeopleWatch, PriceWatch, ProductWatch, RefundWatch, Unwatched, Watch

_GROUPS_A_SKU, _PEOPLE_AN_ORDER = 0.2, 0.4
_NOT_IN_TRYTON = {
    "products": "Nobody puts products into this demo's Tryton yet, so there is nothing to judge.",
    "customers": "Customers are not kept in step with Tryton yet.",
    "fulfillments": "Nobody sends goods in this demo's Tryton yet, so there is nothing to judge.",
}


def extras(flows: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Look-up tables and options that the judged connection needs for some flows."""
    wanted = flows.split(",")
    tables = {"products": dict(products.FILTERS)} if "products" in wanted else {}
    options = dict(products.OPTIONS) if "products" in wanted else {}
    return tables, options | ({"host_customers": "send"} if "customers" in wanted else {})


def watches(
    store: Store, books: Books, skus: Sequence[str], chosen: argparse.Namespace, asked: Mapping[str, Any]
) -> Sequence[Watch]:
    """In the order in which things happen; parcels leave last, with what was not given back."""
    api = Api(chosen.app, asked["token"])
    prices = PriceTrade(shop=store, books=books, skus=skus, currency="EUR", seed=chosen.seed)
    every: list[Watch] = [
        *_of_memory(store, books, chosen, asked["credentials"]),
        PriceWatch(trade=prices, chance=random.Random(chosen.seed)),
        RefundWatch(store=store, books=books, api=api, per_second=asked["per_second"]),
    ]
    every.sort(key=lambda watch: watch.flow == "fulfillments")
    wanted = chosen.flows.split(",")
    return [watch for watch in every if watch.flow in wanted]


def _of_memory(
    store: Store, books: Books, chosen: argparse.Namespace, credentials: Mapping[str, str]
) -> list[Watch]:
    """What only the demo ERP's people do so far."""
    if not isinstance(books, MemoryBooks):
        return [Unwatched(flow=flow, reason=reason) for flow, reason in _NOT_IN_TRYTON.items()]
    groups, people = max(10, int(chosen.skus * _GROUPS_A_SKU)), max(10, int(chosen.orders * _PEOPLE_AN_ORDER))
    trade = products.ProductTrade(books=books, shop=store, groups=groups, seed=chosen.seed)
    society = Society(
        store=StorePeople(chosen.shopify, chosen.shop),
        erp=MemoryPeople(credentials),
        seed=chosen.seed,
        count=people,
    )
    dispatch = DemoDispatch(credentials, chosen.shop, seed=chosen.seed)
    return [
        ProductWatch(trade=trade),
        PeopleWatch(society=society),
        ShippingWatch(store=store, dispatch=dispatch),
    ]
