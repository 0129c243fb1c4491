"""What Shopify's events say of prices, purely: a product's body carries each of its variants' price and compare-at price."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from app.domain.ids import StoreKey
from app.domain.price import BASE, PriceKey, PriceSeen, Shown
from app.errors import Rejected
from app.ports import PriceNews

PRICE_TOPICS = ("products/create", "products/update")


class _Variant(msgspec.Struct):
    id: int | None = None
    sku: str | None = None
    price: Decimal | None = None
    compare_at_price: Decimal | None = None


class _Product(msgspec.Struct):
    id: int
    updated_at: datetime | None = None
    variants: list[_Variant] = []


def price_news(topic: str, body: bytes) -> PriceNews:
    """Raises Rejected (`event.malformed`) for a body that can't be read. A body without a time says nothing."""
    if topic not in PRICE_TOPICS:
        return PriceNews()
    try:
        told = msgspec.json.decode(body, type=_Product)
    except msgspec.DecodeError as cause:
        raise Rejected(
            "event.malformed", "A message of Shopify can't be read.", facts={"topic": topic}
        ) from cause
    if told.updated_at is None or told.updated_at.tzinfo is None:
        return PriceNews()
    at = told.updated_at.astimezone(UTC)
    return PriceNews(
        seen=tuple(_seen(told.id, each, at) for each in told.variants if each.id and each.price is not None)
    )


def _seen(product: int, variant: _Variant, at: datetime) -> PriceSeen:
    assert variant.price is not None
    return PriceSeen(
        key=PriceKey(list=BASE, variant=StoreKey(str(variant.id))),
        product=StoreKey(str(product)),
        shown=Shown(price=variant.price, was=variant.compare_at_price),
        sku=variant.sku or "",
        at=at,
    )
