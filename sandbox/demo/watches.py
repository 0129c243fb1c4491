"""The watches of a demo: one for each flow besides orders and stock that was asked for."""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.demo import products
from sandbox.demo.api import Api
from sandbox.demo.books import Books
from sandbox.demo.people import Society
from sandbox.demo.people_doors import StorePeople
from sandbox.demo.prices import PriceTrade
from sandbox.demo.shipping import ShippingWatch
from sandbox.demo.staff import Staff, hands
from sandbox.demo.store import Store
from sandbox.demo.tables import tables_of
from sandbox.demo.watching import PeopleWatch, PriceWatch, ProductWatch, RefundWatch, Unwatched, Watch

_GROUPS_A_SKU, _PEOPLE_AN_ORDER = 0.2, 0.4


def extras(flows: str, erp: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Look-up tables and options that the judged connection needs for some flows."""
    wanted = flows.split(",")
    tables = {"products": dict(tables_of(erp).filters)} if "products" in wanted else {}
    options = dict(products.OPTIONS) if "products" in wanted else {}
    return tables, options | ({"host_customers": "send"} if "customers" in wanted else {})


def watches(
    store: Store,
    books: Books,
    skus: Sequence[str],
    chosen: argparse.Namespace,
    asked: Mapping[str, Any],
    price_list: str | None,
) -> Sequence[Watch]:
    """In the order in which things happen; parcels leave last, with what was not given back.

    What the ERP lacks the product says itself, and nobody watches. `price_list`: the one that the ERP's tier feeds.
    """
    api = Api(chosen.app, asked["token"])
    wanted, lacks = chosen.flows.split(","), api.lacks(asked["host"])
    who = hands(asked["host"], asked["through"]).staff(asked["credentials"], chosen.shop, chosen.seed)
    there = who.ready if tables_of(chosen.erp).both_ways else None
    makers: Mapping[str, Callable[[], Watch]] = {
        "products": lambda: _products(store, who, chosen),
        "customers": lambda: _people(who, chosen),
        "prices": lambda: _prices(store, who, skus, chosen, price_list),
        "refunds": lambda: RefundWatch(store=store, books=books, api=api, per_second=asked["per_second"]),
        "fulfillments": lambda: ShippingWatch(store=store, dispatch=who.dispatch, ready=there),
    }
    return [
        Unwatched(flow=flow, reason=lacks[flow]) if flow in lacks else make()
        for flow, make in makers.items()
        if flow in wanted
    ]


def _products(store: Store, who: Staff, chosen: argparse.Namespace) -> Watch:
    groups = max(10, int(chosen.skus * _GROUPS_A_SKU))
    return ProductWatch(
        trade=products.ProductTrade(books=who.products, shop=store, groups=groups, seed=chosen.seed)
    )


def _people(who: Staff, chosen: argparse.Namespace) -> Watch:
    if who.people is None:
        raise RuntimeError("the ERP keeps customers in step, and nobody in this demo enters any there")
    count = max(10, int(chosen.orders * _PEOPLE_AN_ORDER))
    shop = StorePeople(chosen.shopify, chosen.shop)
    return PeopleWatch(society=Society(store=shop, erp=who.people, seed=chosen.seed, count=count))


def _prices(
    store: Store, who: Staff, skus: Sequence[str], chosen: argparse.Namespace, price_list: str | None
) -> Watch:
    trade = PriceTrade(
        shop=store,
        books=who.prices,
        skus=skus,
        currency=store.currency(),
        seed=chosen.seed,
        tier=tables_of(chosen.erp).tier if price_list else None,
        list=price_list,
    )
    return PriceWatch(trade=trade, chance=random.Random(chosen.seed))
