"""The demo ERP's stock as we read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from app.domain.inventory import StockReading
from app.hosts.memory import wire
from app.ports import Choice, StockPage

if TYPE_CHECKING:
    from app.hosts.memory.adapter import Caller


class MemoryStock:
    """Implements `ports.StockSource`. A confirmed document is in the next answer, so there is no lag."""

    lag = timedelta(0)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def page(self, cursor: str | None) -> StockPage:
        began = datetime.now(UTC)
        found = await self._caller.read(wire.Shelves, "/v1/stock", {"after": cursor or ""})
        return StockPage(readings=tuple(_reading(shelf, began) for shelf in found.shelves), next=found.next)

    async def of(self, items: Sequence[str]) -> tuple[StockReading, ...]:
        if not items:
            return ()
        began = datetime.now(UTC)
        asked = "&".join(f"item={quote(item, safe='')}" for item in items)
        found = await self._caller.read(wire.Shelves, f"/v1/stock?{asked}")
        return tuple(_reading(shelf, began) for shelf in found.shelves)

    async def warehouses(self) -> Sequence[Choice]:
        found = await self._caller.read(wire.Warehouses, "/v1/warehouses")
        return tuple(Choice(code=name, label=name) for name in found.warehouses)


def _reading(shelf: wire.Shelf, at: datetime) -> StockReading:
    return StockReading(
        warehouse=shelf.warehouse,
        item=shelf.item,
        observed_at=at,
        available=shelf.available,
        physical=shelf.physical,
        reserved=shelf.reserved_elsewhere,
    )
