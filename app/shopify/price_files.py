"""Shopify's prices by files: a bulk mutation, one product's variants to a line."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from app.ports import Json, Lane, PricesWritten
from app.shopify.files import ShopFiles, result
from app.shopify.prices import understood


class ShopPriceFiles(ShopFiles):
    """Implements `ports.PriceFiles`."""

    writes = "price_set"
    lane = Lane.CATALOGUE

    def line(self, payload: Mapping[str, Json]) -> bytes:
        return msgspec.json.encode(payload)

    def written(self, line: bytes, payload: Mapping[str, Json]) -> PricesWritten | None:
        """A line without data broke down there: only a look tells whether it happened."""
        answer = result(line)
        taken = (answer.data or {}).get("productVariantsBulkUpdate")
        return None if answer.errors or not isinstance(taken, dict) else understood(taken, payload)
