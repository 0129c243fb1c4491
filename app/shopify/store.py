"""Shopify as a store: what its events mean, and how a shop is opened."""

from __future__ import annotations

from datetime import timedelta

from app.errors import Bug
from app.ports import Flow, Health, History, Lane, Store, StoreAccess, StoreSpec
from app.settings import API_VERSION
from app.shopify.client import Client
from app.shopify.customers import ShopCustomers
from app.shopify.fulfillments import Fulfillments
from app.shopify.hints import TOPICS, hints
from app.shopify.markets import Markets
from app.shopify.marks import OrderMarks
from app.shopify.orders import Orders
from app.shopify.parcels import Parcels
from app.shopify.price_files import ShopPriceFiles
from app.shopify.price_news import price_news
from app.shopify.prices import ShopPrices
from app.shopify.products import Products
from app.shopify.refunds import Refunds
from app.shopify.stock import ShopStock
from app.shopify.stock_bulk import ShopBulk
from app.shopify.stock_news import STOCK_TOPICS, stock_news

ADDRESS, PAD = "address", "pad_seconds"
"""What `StoreAccess.settings` may hold: a shop's address with `{shop}` in it, and how far lists are padded."""


def client(access: StoreAccess) -> Client:
    """The door to a shop's Admin API, for what is no flow: scopes, an install's checks."""
    if access.tokens is None:
        raise Bug("shopify.no_tokens", "A Shopify shop was opened without a way to its tokens.")
    return Client(
        shop=access.shop,
        http=access.http,
        tokens=access.tokens,
        limiter=access.limiter,
        template=access.settings.get(ADDRESS, "https://{shop}"),
        count=access.alarm,
    )


def open_shop(access: StoreAccess) -> Store:
    """No request is made yet."""
    door = client(access)

    async def check() -> Health:
        shop = (await door.run("shop", {}, Lane.INTERACTIVE))["shop"]
        account = f"{shop['name']} ({shop['myshopifyDomain']})"
        return Health(account=account, version=API_VERSION, zone=shop["ianaTimezone"])

    pad = timedelta(seconds=float(access.settings.get(PAD, "900")))
    marks, customers = OrderMarks(door), ShopCustomers(door, pad=pad)

    async def prepare() -> None:
        await marks.ensure_definition()
        await customers.ensure_definition()

    return Store(
        check=check,
        orders=Orders(door, pad=pad, markets=Markets(door, access.kept)),
        refunds=Refunds(door),
        fulfillments=Fulfillments(door),
        parcels=Parcels(door),
        marks=marks,
        customers=customers,
        prepare=prepare,
        stock=ShopStock(door),
        stock_bulk=ShopBulk(door, access.http),
        prices=ShopPrices(door),
        price_files=ShopPriceFiles(door, access.http),
        products=Products(door),
    )


SHOPIFY = StoreSpec(
    key="shopify",
    label="Shopify",
    topics={**TOPICS, **dict.fromkeys(STOCK_TOPICS, Flow.INVENTORY)},
    hints=hints,
    stock=stock_news,
    prices=price_news,
    open=open_shop,
    history=History(kept=timedelta(days=60), unless="read_all_orders"),
)
