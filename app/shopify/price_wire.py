"""Shopify's answers about prices, typed: what a query gives becomes a record here and nowhere else."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from app.domain.ids import StoreKey
from app.domain.price import BASE, PriceKey, PriceSeen, Shown
from app.ports import PriceList
from app.shopify.gids import key_of
from app.shopify.stock_wire import PageInfo


class _Id(msgspec.Struct):
    id: str


class Variant(msgspec.Struct, rename="camel"):
    """A variant as far as it was asked for; a node that is none has no price."""

    id: str = ""
    price: Decimal | None = None
    compare_at_price: Decimal | None = None
    sku: str | None = None
    product: _Id | None = None

    @property
    def key(self) -> PriceKey:
        return PriceKey(list=BASE, variant=key_of(self.id))

    @property
    def shown(self) -> Shown | None:
        return None if self.price is None else Shown(price=self.price, was=self.compare_at_price)

    def seen(self) -> PriceSeen:
        return PriceSeen(
            key=self.key,
            product=key_of(self.product.id) if self.product else StoreKey(""),
            shown=self.shown,
            sku=self.sku or "" if self.product else None,
        )


class _Variants(msgspec.Struct, rename="camel"):
    nodes: list[Variant]
    page_info: PageInfo


class VariantsAnswer(msgspec.Struct, rename="camel"):
    product_variants: _Variants


class NodesAnswer(msgspec.Struct):
    nodes: list[Variant | None]


class Updated(msgspec.Struct, rename="camel"):
    product_variants: list[Variant] | None = None


class _Amount(msgspec.Struct):
    amount: Decimal


class Fixed(msgspec.Struct, rename="camel"):
    price: _Amount
    variant: _Id
    compare_at_price: _Amount | None = None

    def seen(self, list: StoreKey) -> PriceSeen:
        was = self.compare_at_price.amount if self.compare_at_price else None
        key = PriceKey(list=list, variant=key_of(self.variant.id))
        return PriceSeen(key=key, product=StoreKey(""), shown=Shown(price=self.price.amount, was=was))


class _FixedPage(msgspec.Struct, rename="camel"):
    nodes: list[Fixed]
    page_info: PageInfo


class _FixedList(msgspec.Struct):
    currency: str
    prices: _FixedPage


class FixedAnswer(msgspec.Struct, rename="camel"):
    price_list: _FixedList | None = None


class FixedWritten(msgspec.Struct):
    prices: list[Fixed] | None = None


class _List(msgspec.Struct):
    id: str
    name: str
    currency: str

    def seen(self) -> PriceList:
        return PriceList(key=key_of(self.id), name=self.name, currency=self.currency)


class _Lists(msgspec.Struct, rename="camel"):
    nodes: list[_List]
    page_info: PageInfo


class _Shop(msgspec.Struct, rename="camel"):
    currency_code: str


class ListsAnswer(msgspec.Struct, rename="camel"):
    shop: _Shop
    price_lists: _Lists
