"""Shopify's stock: items with their levels by pages, levels read again, and up to 250 of them set in one call.

`changeFromQuantity` is always sent, null written out; the key and the whole input are frozen before the call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from app.domain.ids import StoreKey
from app.domain.inventory import ItemSeen, LevelKey, LevelSeen, LevelWrite, StockMode, StoreLocation
from app.errors import Bug, Reason, Verdict
from app.ports import Json, Lane, LevelsWritten, Page
from app.shopify import stock_wire as wire
from app.shopify.answers import UserError, user_errors
from app.shopify.client import Client
from app.shopify.gids import gid, key_of

_READ_AT_ONCE = 100
_LEAST_AT_ONCE, _MOST_AT_ONCE = 8, 128
_STALE = frozenset({"CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE"})
_CONCURRENT = "IDEMPOTENCY_CONCURRENT_REQUEST"
_USED_UP = frozenset({"IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"})


class ShopStock:
    """Implements `ports.StockStore`. Shopify forgets keys after a day; half of that is what we count on (rule 18)."""

    size = 250
    points = 10
    key_life = timedelta(hours=12)

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def at_once(self) -> int:
        return min(_MOST_AT_ONCE, max(_LEAST_AT_ONCE, self._client.at_once(self.points)))

    async def locations(self) -> tuple[StoreLocation, ...]:
        found: list[StoreLocation] = []
        after: str | None = None
        while True:
            data = await self._client.run("stock_locations", {"after": after}, Lane.STOCK)
            page = wire.typed(data, wire.LocationsAnswer).locations
            found += [node.seen() for node in page.nodes]
            if not page.page_info.has_next_page:
                return tuple(found)
            after = page.page_info.end_cursor

    async def items(self, cursor: str | None) -> AsyncIterator[Page[ItemSeen]]:
        """In Shopify's own order, which is stable; a cursor stays good for days."""
        after = cursor or None
        while True:
            data = await self._client.run("stock_items", {"after": after}, Lane.CATALOGUE)
            page = wire.typed(data, wire.ItemsAnswer).inventory_items
            last = not page.page_info.has_next_page
            after = page.page_info.end_cursor
            yield Page(
                items=tuple(node.seen() for node in page.nodes), cursor="" if last or after is None else after
            )
            if last:
                return

    async def levels(self, keys: Sequence[LevelKey]) -> tuple[LevelSeen, ...]:
        by_location: dict[StoreKey, list[StoreKey]] = defaultdict(list)
        for key in keys:
            by_location[key.location].append(key.item)
        found: list[LevelSeen] = []
        for location, items in sorted(by_location.items()):
            for start in range(0, len(items), _READ_AT_ONCE):
                found += await self._levels_at(location, items[start : start + _READ_AT_ONCE])
        return tuple(found)

    async def _levels_at(self, location: StoreKey, items: Sequence[StoreKey]) -> list[LevelSeen]:
        asked = {"ids": [gid("InventoryItem", item) for item in items], "location": gid("Location", location)}
        answer = wire.typed(await self._client.run("stock_levels", asked, Lane.STOCK), wire.LevelsAnswer)
        levels = [
            node.inventory_level.seen(key_of(node.id), location)
            for node in answer.nodes
            if node and node.id and node.inventory_level
        ]
        return list(filter(None, levels))

    def payload(self, writes: Sequence[LevelWrite], *, mode: StockMode, reference: str) -> Mapping[str, Json]:
        quantities: list[Json] = [
            {
                "inventoryItemId": gid("InventoryItem", write.key.item),
                "locationId": gid("Location", write.key.location),
                "quantity": write.new,
                "changeFromQuantity": write.old,
            }
            for write in writes
        ]
        return {
            "name": mode.value,
            "reason": "correction",
            "referenceDocumentUri": f"gid://stockbridge/Run/{reference}",
            "quantities": quantities,
        }

    async def write(self, key: str, payload: Mapping[str, Json]) -> LevelsWritten:
        data = await self._client.run("stock_set", {"input": dict(payload), "key": key}, Lane.STOCK)
        return understood(user_errors(data["inventorySetQuantities"] or {}), keys_of(payload))


def keys_of(payload: Mapping[str, Json]) -> list[LevelKey]:
    quantities = cast("list[dict[str, Any]]", payload["quantities"])
    return [LevelKey(item=key_of(q["inventoryItemId"]), location=key_of(q["locationId"])) for q in quantities]


def understood(errors: Sequence[UserError], keys: Sequence[LevelKey]) -> LevelsWritten:
    """One error means that nothing of the call was written."""
    codes = {error.code for error in errors}
    if not errors:
        return LevelsWritten(done=True)
    if _CONCURRENT in codes:
        return LevelsWritten(again=True)
    if codes & _USED_UP:
        return LevelsWritten(again=True, anew=True)
    placed = [(keys[e.index], e) for e in errors if e.index is not None and e.index < len(keys)]
    unplaced = [e for e in errors if e.index is None]
    if any(code in {"INVALID_NAME", "INVALID_REASON", "INVALID_REFERENCE_DOCUMENT"} for code in codes):
        raise Bug(
            "shopify.document_refused", "Shopify refused a request that should be right.",
            facts={"document": "stock_set", "codes": ",".join(sorted(codes))},
        )  # fmt: skip
    return LevelsWritten(
        stale=frozenset(key for key, error in placed if error.code in _STALE),
        refused={key: _reason(error) for key, error in placed if error.code not in _STALE},
        bad=_reason(unplaced[0]) if unplaced else None,
    )


def _reason(error: UserError) -> Reason:
    return Reason(
        code="shopify.stock_refused",
        sentence=f"Shopify refused the quantity: {error.message}",
        verdict=Verdict.LOOK_FIRST,
        facts={"code": error.code},
    )
