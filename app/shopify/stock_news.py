"""What Shopify's events say of stock, purely: a level's new quantity, an item's SKU, an item or a location that is gone.

These bodies are the news themselves and are folded as they are; no run starts and nothing is read (rule 19). That a
product is gone says nothing here: its body names no item, and each of its items has an event of its own. That a bulk
operation is over is a hint to look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from app.domain.ids import StoreKey
from app.domain.inventory import ItemSeen, LevelKey, LevelSeen, StoreLocation
from app.errors import Rejected
from app.ports import StockNews

_MOST = 2_000_000_000
"""More than Shopify's own limit, and less than our columns hold: one odd body must not spoil a batch."""


class _Level(msgspec.Struct):
    inventory_item_id: int
    location_id: int
    available: Annotated[int, msgspec.Meta(ge=-_MOST, le=_MOST)] | None = None
    updated_at: datetime | None = None


class _Item(msgspec.Struct):
    id: int
    sku: str | None = None
    tracked: bool | None = None
    updated_at: datetime | None = None


class _Gone(msgspec.Struct):
    id: int


class _Variant(msgspec.Struct):
    inventory_item_id: int
    sku: str | None = None


class _Product(msgspec.Struct):
    id: int
    updated_at: datetime | None = None
    variants: list[_Variant] = []


class _Location(msgspec.Struct):
    id: int
    name: str
    active: bool
    updated_at: datetime | None = None


class _Operation(msgspec.Struct):
    admin_graphql_api_id: str


def _level(body: bytes) -> StockNews:
    told = msgspec.json.decode(body, type=_Level)
    if told.available is None or told.updated_at is None or told.updated_at.tzinfo is None:
        return StockNews()
    key = LevelKey(item=_key(told.inventory_item_id), location=_key(told.location_id))
    return StockNews(
        levels=(LevelSeen(key=key, available=told.available, at=told.updated_at.astimezone(UTC)),)
    )


def _level_ended(body: bytes) -> StockNews:
    told = msgspec.json.decode(body, type=_Level)
    return StockNews(ended=(LevelKey(item=_key(told.inventory_item_id), location=_key(told.location_id)),))


def _item(body: bytes) -> StockNews:
    told = msgspec.json.decode(body, type=_Item)
    item = ItemSeen(key=_key(told.id), sku=told.sku or "", tracked=told.tracked, at=_at(told.updated_at))
    return StockNews(items=(item,))


def _item_gone(body: bytes) -> StockNews:
    return StockNews(gone=(_key(msgspec.json.decode(body, type=_Gone).id),))


def _product(body: bytes) -> StockNews:
    told = msgspec.json.decode(body, type=_Product)
    return StockNews(
        items=tuple(
            ItemSeen(key=_key(variant.inventory_item_id), sku=variant.sku or "", at=_at(told.updated_at))
            for variant in told.variants
        )
    )


def _location(body: bytes) -> StockNews:
    told = msgspec.json.decode(body, type=_Location)
    place = StoreLocation(key=_key(told.id), name=told.name, active=told.active, at=_at(told.updated_at))
    return StockNews(locations=(place,))


def _location_gone(body: bytes) -> StockNews:
    return StockNews(closed=(_key(msgspec.json.decode(body, type=_Gone).id),))


def _operation(body: bytes) -> StockNews:
    return StockNews(bulk=(msgspec.json.decode(body, type=_Operation).admin_graphql_api_id,))


_READERS: Mapping[str, Callable[[bytes], StockNews]] = {
    "inventory_levels/update": _level,
    "inventory_levels/connect": _level,
    "inventory_levels/disconnect": _level_ended,
    "inventory_items/create": _item,
    "inventory_items/update": _item,
    "inventory_items/delete": _item_gone,
    "products/create": _product,
    "products/update": _product,
    "locations/create": _location,
    "locations/update": _location,
    "locations/activate": _location,
    "locations/deactivate": _location,
    "locations/delete": _location_gone,
    "bulk_operations/finish": _operation,
}

STOCK_TOPICS = tuple(_READERS)


def stock_news(topic: str, body: bytes) -> StockNews:
    """Raises Rejected (`event.malformed`) for a body that can't be read."""
    reader = _READERS.get(topic)
    if reader is None:
        return StockNews()
    try:
        return reader(body)
    except msgspec.DecodeError as cause:
        raise Rejected(
            "event.malformed", "A message of Shopify can't be read.", facts={"topic": topic}
        ) from cause


def _at(told: datetime | None) -> datetime | None:
    return told.astimezone(UTC) if told and told.tzinfo else None


def _key(number: int) -> StoreKey:
    return StoreKey(str(number))
