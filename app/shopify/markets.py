"""The shop's markets of the world's regions, and which of them an order belongs to: an order itself names none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass

from app.errors import Misconfigured
from app.ports import Lane
from app.shopify import market_wire as wire
from app.shopify import order_wire
from app.shopify.answers import SCOPE_MISSING
from app.shopify.client import Client
from app.shopify.stock_wire import typed

_FRESH = 600.0
_KEPT = "markets"


@dataclass(frozen=True, kw_only=True)
class Where:
    """Whence a buyer counts as buying: their shipping address, else the billing one, else the counter."""

    country: str
    province: str | None = None


def where(order: order_wire.Order) -> Where | None:
    """None: the order names no place at all."""
    postal = order.shipping_address or order.billing_address
    counter = order.retail_location.address if order.retail_location else None
    if postal is not None and postal.country_code_v2:
        return Where(country=postal.country_code_v2, province=postal.province_code)
    if counter is not None and counter.country_code:
        return Where(country=counter.country_code, province=counter.province_code)
    return None


@dataclass(frozen=True, kw_only=True)
class Known:
    """The markets as they were at `at`, on the monotonic clock; None: we may not see them, or not all of one."""

    at: float
    markets: Sequence[wire.Market] | None


class Markets:
    """Reads them at most every ten minutes in a process. `kept` is what outlives this object."""

    def __init__(
        self,
        client: Client,
        kept: MutableMapping[str, object],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._kept, self._clock = client, kept, clock

    async def of(self, where: Where | None) -> tuple[str, ...] | None:
        """Names of those that hold it, the narrowest first. None: nobody can tell."""
        known = await self._known()
        if known is None:
            return None
        return tuple(names(known, where)) if where else ()

    async def _known(self) -> Sequence[wire.Market] | None:
        known = self._kept.get(_KEPT)
        if not isinstance(known, Known) or self._clock() - known.at > _FRESH:
            known = Known(at=self._clock(), markets=await self._read())
            self._kept[_KEPT] = known
        return known.markets

    async def _read(self) -> Sequence[wire.Market] | None:
        found: list[wire.Market] = []
        after: str | None = None
        while True:
            try:
                answer = await self._client.run("markets", {"after": after}, Lane.ORDERS)
            except Misconfigured as error:
                if error.code != SCOPE_MISSING:
                    raise
                return None
            page = typed(answer, wire.MarketsAnswer).markets
            found += page.nodes
            if not page.page_info.has_next_page:
                return found if all(map(_whole, found)) else None
            after = page.page_info.end_cursor


def names(markets: Sequence[wire.Market], where: Where) -> Iterator[str]:
    """Of those that sell at present: by the part of the country, by the country, by the whole world."""
    held = [(_narrow(market, where), market.name) for market in markets if market.status == "ACTIVE"]
    return (name for breadth, name in sorted((b, name) for b, name in held if b is not None))


def _narrow(market: wire.Market, where: Where) -> int | None:
    """How wide the region is by which it holds the place; None: it does not."""
    told = market.conditions.regions_condition if market.conditions else None
    if told is None:
        return None
    for region in told.regions.nodes:
        within = region.within.code if region.within else None
        part = (region.subdivision or "").rpartition("-")[2]
        if within == where.country and part and part == where.province:
            return 0
    if any(region.country == where.country for region in told.regions.nodes):
        return 1
    return 2 if told.application_level == "ALL" else None


def _whole(market: wire.Market) -> bool:
    told = market.conditions.regions_condition if market.conditions else None
    return told is None or told.application_level == "ALL" or not told.regions.page_info.has_next_page
