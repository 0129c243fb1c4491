"""Shopify's stock by files: everything read by one bulk query, first loads written by a bulk mutation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

from app.domain.inventory import ItemSeen, LevelSeen
from app.errors import Bug
from app.ports import BulkStarted, Json, Lane, LevelsWritten
from app.shopify import stock_bulk_wire as wire
from app.shopify.answers import user_errors
from app.shopify.files import ShopFiles, result, started
from app.shopify.stock import keys_of, understood


class ShopBulk(ShopFiles):
    """Implements `ports.StockBulk`."""

    async def ask_items(self) -> BulkStarted:
        data = await self._client.run("bulk_ask", {"query": everything()}, Lane.CATALOGUE)
        return started(data["bulkOperationRunQuery"])

    def everything(self) -> str:
        return everything()

    def part(self, line: bytes) -> ItemSeen | LevelSeen | None:
        try:
            return wire.part(line)
        except msgspec.DecodeError as cause:
            raise Bug(
                "shopify.answer_unexpected", "A line of Shopify's file is not what was asked for."
            ) from cause

    def line(self, key: str, payload: Mapping[str, Json]) -> bytes:
        return msgspec.json.encode({"input": payload, "key": key})

    def written(self, line: bytes, payload: Mapping[str, Json]) -> LevelsWritten | None:
        """A line without data broke down there: its key knows whether it happened."""
        answer = result(line)
        taken = (answer.data or {}).get("inventorySetQuantities")
        if answer.errors or not isinstance(taken, dict):
            return None
        try:
            how = understood(user_errors(taken), keys_of(payload))
        except Bug:
            return None
        return None if how.again and not how.anew else how


@cache
def everything() -> str:
    """The query of everything, the same each time: one that runs already is as good."""
    return files("app.shopify").joinpath("queries", "bulk", "stock_items.graphql").read_text()
