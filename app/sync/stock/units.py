"""Units of orders that a warehouse's reading can't reflect yet, by warehouse and ERP item, bundles taken apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.inventory import StockMode, StockReading
from app.models import demand_lines
from app.models.database import Database
from app.models.demand_lines import UnknownUnits
from app.sync.stock.scene import Neighbour, Scene

_ANYWHERE = ""


@dataclass(frozen=True, kw_only=True)
class OpenUnits:
    """Of some items, asked after the ERP was read; an order that comes later is found at the level it was sold from."""

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


async def settle(database: Database, scene: Scene) -> None:
    """Notes which orders the ERP has reserved since the last time; one that is missed counts once more, which is safe."""
    async with database.tenant(scene.tenant) as tx:
        await demand_lines.settle(
            tx, tenant=scene.tenant, connections=list(_sellers(scene)), at=scene.sides.spec.reserves_at
        )


async def open_units(
    database: Database, scene: Scene, *, since: datetime, items: Collection[str]
) -> OpenUnits:
    """Units of these ERP items, over all shops that sell from the same shelves.

    Asked after the levels were read: an order that was read in between has left their unexplained units, and must not
    be missing here as well.
    """
    sellers = _sellers(scene)
    skus = {sku for seller in sellers.values() for sku in _skus(seller, {item.casefold() for item in items})}
    async with database.tenant(scene.tenant) as tx:
        found = await demand_lines.unknown_since(
            tx,
            tenant=scene.tenant,
            connections=list(sellers),
            skus=list(skus),
            since=since - scene.source.lag,
            skipped=scene.settings.count_skipped,
        )
    units: dict[tuple[str, str], list[tuple[datetime | None, int]]] = defaultdict(list)
    for each in found:
        for warehouse, item, count in _placed(each, sellers[each.connection]):
            units[warehouse, item].append((each.reserved_at, count))
    return OpenUnits(units=units, lag=scene.source.lag)


def _sellers(scene: Scene) -> dict[UUID, Neighbour]:
    """Where the store subtracts its own orders only the others' count."""
    own_counts = scene.settings.mode is StockMode.AVAILABLE
    return {each.connection: each for each in scene.neighbours if own_counts or each.shop != scene.shop}


def _skus(seller: Neighbour, items: Collection[str]) -> Iterator[str]:
    """Every SKU of a shop, folded, that takes from one of these items: by its name, by the table, as a bundle."""
    yield from items
    for item in items:
        yield from seller.takers.get(item, ())


def _placed(units: UnknownUnits, seller: Neighbour) -> Sequence[tuple[str, str, int]]:
    warehouses = seller.warehouses(units.location) or (_ANYWHERE,)
    return [
        (warehouse, component.item.casefold(), units.quantity * component.quantity)
        for warehouse in warehouses
        for component in seller.settings.components(units.sku, seller.tables)
    ]
