"""Shopify's answers about stock, typed: what a query gives becomes a record here and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from app.domain.ids import StoreKey
from app.domain.inventory import ItemSeen, LevelKey, LevelSeen, StoreLocation
from app.errors import Bug
from app.shopify.gids import key_of

W = TypeVar("W")


class PageInfo(msgspec.Struct, rename="camel"):
    has_next_page: bool = False
    end_cursor: str | None = None


class _Id(msgspec.Struct):
    id: str


class _Quantity(msgspec.Struct):
    name: str
    quantity: int


class Level(msgspec.Struct, rename="camel"):
    updated_at: datetime
    quantities: list[_Quantity]
    location: _Id | None = None

    def seen(self, item: StoreKey, location: StoreKey) -> LevelSeen | None:
        told = {each.name: each.quantity for each in self.quantities}
        if "available" not in told:
            return None
        return LevelSeen(
            key=LevelKey(item=item, location=location),
            available=told["available"],
            on_hand=told.get("on_hand"),
            committed=told.get("committed"),
            at=self.updated_at.astimezone(UTC),
        )


class _Levels(msgspec.Struct, rename="camel"):
    nodes: list[Level]
    page_info: PageInfo


class _Item(msgspec.Struct, rename="camel"):
    id: str
    sku: str | None
    tracked: bool
    inventory_levels: _Levels

    def seen(self) -> ItemSeen:
        """A store with more locations than a page shows has the rest of its levels read when they are written."""
        key = key_of(self.id)
        levels = [
            level.seen(key, key_of(level.location.id))
            for level in self.inventory_levels.nodes
            if level.location
        ]
        return ItemSeen(key=key, sku=self.sku or "", tracked=self.tracked, levels=tuple(filter(None, levels)))


class _Items(msgspec.Struct, rename="camel"):
    nodes: list[_Item]
    page_info: PageInfo


class ItemsAnswer(msgspec.Struct, rename="camel"):
    inventory_items: _Items


class _Location(msgspec.Struct, rename="camel"):
    id: str
    name: str
    is_active: bool

    def seen(self) -> StoreLocation:
        return StoreLocation(key=key_of(self.id), name=self.name, active=self.is_active)


class _Locations(msgspec.Struct, rename="camel"):
    nodes: list[_Location]
    page_info: PageInfo


class LocationsAnswer(msgspec.Struct):
    locations: _Locations


class _ItemLevel(msgspec.Struct, rename="camel"):
    id: str | None = None
    inventory_level: Level | None = None


class LevelsAnswer(msgspec.Struct):
    nodes: list[_ItemLevel | None]


def typed(data: dict[str, Any], kind: type[W]) -> W:
    """The error names the field that was wrong, never its value."""
    try:
        return msgspec.convert(data, type=kind)
    except msgspec.ValidationError as cause:
        where = str(cause).rpartition(" - at ")[2]
        raise Bug(
            "shopify.answer_unexpected", f"Shopify's answer is not what its schema says, at {where}."
        ) from cause
