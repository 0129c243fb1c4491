"""Shopify's bulk operations on the wire: states, targets for uploads, and lines of result files, typed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from app.domain.inventory import ItemSeen, LevelSeen
from app.ports import BulkSeen, BulkState
from app.shopify.gids import key_of
from app.shopify.stock_wire import Level

_OPEN = frozenset({"CREATED", "RUNNING", "CANCELING"})


class Operation(msgspec.Struct, rename="camel"):
    id: str
    status: str
    created_at: datetime
    query: str
    root_object_count: int | str = 0
    error_code: str | None = None
    url: str | None = None
    partial_data_url: str | None = None

    def seen(self) -> BulkSeen:
        """A broken one may have left a part of its file."""
        state = BulkState.RUNNING if self.status in _OPEN else BulkState.BROKEN
        return BulkSeen(
            operation=self.id,
            state=BulkState.COMPLETE if self.status == "COMPLETED" else state,
            began_at=self.created_at.astimezone(UTC),
            roots=int(self.root_object_count),
            file=self.url or self.partial_data_url,
            code=(self.error_code or self.status).lower(),
        )


class _Id(msgspec.Struct):
    id: str


class Started(msgspec.Struct, rename="camel"):
    bulk_operation: _Id | None = None


class Looked(msgspec.Struct, rename="camel"):
    bulk_operation: Operation | None = None


class _Operations(msgspec.Struct):
    nodes: list[Operation]


class Listed(msgspec.Struct, rename="camel"):
    bulk_operations: _Operations


class Parameter(msgspec.Struct):
    name: str
    value: str


class Target(msgspec.Struct):
    url: str
    parameters: list[Parameter]


class _Targets(msgspec.Struct, rename="camel"):
    staged_targets: list[Target] | None = None


class Staged(msgspec.Struct, rename="camel"):
    staged_uploads_create: _Targets | None = None


class _Part(msgspec.Struct):
    """Enough to know whose line it is."""

    id: str = ""
    parent: str | None = msgspec.field(default=None, name="__parentId")


class _Item(msgspec.Struct):
    id: str
    sku: str | None
    tracked: bool


def part(line: bytes) -> ItemSeen | LevelSeen | None:
    """An item, or a level that names its item as its parent; None: neither. Raises msgspec.DecodeError."""
    known = msgspec.json.decode(line, type=_Part)
    if known.parent is None:
        item = msgspec.json.decode(line, type=_Item)
        return ItemSeen(key=key_of(item.id), sku=item.sku or "", tracked=item.tracked)
    level = msgspec.json.decode(line, type=Level)
    return level.seen(key_of(known.parent), key_of(level.location.id)) if level.location else None


class Result(msgspec.Struct):
    """One line of what a bulk mutation answered. Its lines come in no order."""

    number: int | None = msgspec.field(default=None, name="__lineNumber")
    data: dict[str, Any] | None = None
    errors: list[Any] | None = None
