"""Units of orders that a warehouse's reading can't reflect yet, by warehouse and ERP item, bundles taken apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.inventory import StockMode, StockReading
from app.models import demand_lines
from app.models.database import Database
from app.models.demand_lines import UnknownUnits
from app.sync.stock.scene import Neighbour, Scene

_ANYWHERE = ""


@dataclass(frozen=True, kw_only=True)
class OpenUnits:
    """Read once after the ERP was; an order that comes later is found at the level it was sold from."""

    units: dict[tuple[str, str], list[tuple[datetime | None, int]]]
    lag: timedelta

    def beyond(self, reading: StockReading) -> int:
        """How many units that reading can't know of: their reserving step had not ended, lag included, when it began."""
        known = [
            *self.units.get((reading.warehouse, reading.item.casefold()), ()),
            *self.units.get((_ANYWHERE, reading.item.casefold()), ()),
        ]
        return sum(
            count
            for reserved_at, count in known
            if reserved_at is None or reserved_at + self.lag >= reading.observed_at
        )


async def open_units(database: Database, scene: Scene, *, since: datetime) -> OpenUnits:
    """Over all shops that sell from the same shelves; where the store subtracts its own orders, over the others."""
    neighbours = {
        each.connection: each
        for each in scene.neighbours
        if scene.settings.mode is StockMode.AVAILABLE or each.shop != scene.shop
    }
    everyone = list(neighbours)
    async with database.tenant(scene.tenant) as tx:
        await demand_lines.settle(
            tx, tenant=scene.tenant, connections=everyone, at=scene.sides.spec.reserves_at
        )
        found = await demand_lines.unknown_since(
            tx,
            tenant=scene.tenant,
            connections=everyone,
            since=since - scene.source.lag,
            skipped=scene.settings.count_skipped,
        )
    units: dict[tuple[str, str], list[tuple[datetime | None, int]]] = defaultdict(list)
    for each in found:
        for warehouse, item, count in _placed(each, neighbours[each.connection]):
            units[warehouse, item].append((each.reserved_at, count))
    return OpenUnits(units=units, lag=scene.source.lag)


def _placed(units: UnknownUnits, seller: Neighbour) -> Sequence[tuple[str, str, int]]:
    warehouses = seller.warehouses(units.location) or (_ANYWHERE,)
    return [
        (warehouse, component.item.casefold(), units.quantity * component.quantity)
        for warehouse in warehouses
        for component in seller.settings.components(units.sku, seller.tables)
    ]
