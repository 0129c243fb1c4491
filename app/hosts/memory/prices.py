"""The demo ERP's prices as we read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from app.domain.price import PriceReading
from app.hosts.memory import wire
from app.ports import Choice, PricePage

if TYPE_CHECKING:
    from app.hosts.memory.adapter import Caller


class MemoryPrices:
    """Implements `ports.PriceSource`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def page(self, cursor: str | None) -> PricePage:
        began = datetime.now(UTC)
        found = await self._caller.read(wire.Prices, "/v1/prices", {"after": cursor or ""})
        return PricePage(readings=tuple(_reading(each, began) for each in found.prices), next=found.next)

    async def of(self, items: Sequence[str]) -> tuple[PriceReading, ...]:
        if not items:
            return ()
        began = datetime.now(UTC)
        asked = "&".join(f"item={quote(item, safe='')}" for item in items)
        found = await self._caller.read(wire.Prices, f"/v1/prices?{asked}")
        return tuple(_reading(each, began) for each in found.prices)

    async def tiers(self) -> Sequence[Choice]:
        found = await self._caller.read(wire.Tiers, "/v1/tiers")
        return tuple(Choice(code=name, label=name) for name in found.tiers)


def _reading(price: wire.Price, at: datetime) -> PriceReading:
    return PriceReading(
        item=price.item, tier=price.tier, price=price.price, currency=price.currency, observed_at=at
    )
