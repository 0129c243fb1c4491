"""What the ERP said last, put beside what the shop shows: the stock rule over stored readings, for looking at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain.ids import StoreKey
from app.domain.inventory import StockReading
from app.domain.stock_target import ItemStock, Target, target
from app.errors import Misconfigured, Reason
from app.mapping.stock import StockSettings, feeding
from app.models import stock_links, stock_lists, stock_readings, stock_settings
from app.models.connections import Connection
from app.models.stock_lists import LevelRow, Spot
from app.wiring import Core

_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A level, and what the ERP has free for it. `said` None: it has not told, or no warehouse feeds the location.

    `kept_back`: safety stock, which is not taken off `said`. `wanted`: what is left for the location when it was, and the
    rule of allocation applied.
    """

    level: LevelRow
    said: Target | None
    kept_back: int
    wanted: int | None


@dataclass(frozen=True, kw_only=True)
class Page:
    """`problem`: why nothing can be said of the ERP's side. `setup` None: stock was never set up."""

    levels: tuple[Shown, ...]
    setup: stock_settings.StockSetup | None
    problem: Reason | None


async def page(
    core: Core, connection: Connection, *, words: str, after: Spot | None, most: int, backwards: bool = False
) -> Page:
    """Levels by SKU. Reads our own tables alone."""
    tenant, shop = connection.tenant, connection.shop
    async with core.database.tenant(tenant) as tx:
        rows = await stock_lists.page(
            tx, tenant=tenant, shop=shop, words=words, after=after, most=most, backwards=backwards
        )
        setup = await stock_settings.read(tx, tenant=tenant, connection=connection.id)
        settings = setup.settings if setup else StockSettings()
        locations = await stock_links.locations(tx, tenant=tenant, shop=shop)
        items = {
            component.item for row in rows for component in settings.components(row.sku, connection.tables)
        }
        readings = await stock_readings.of_items(
            tx, tenant=tenant, connection=connection.id, items=sorted(items), since=_EVER
        )
    feeds: Mapping[StoreKey, tuple[str, ...]] = {}
    problem = None
    try:
        feeds = feeding(settings, connection.tables, locations)
    except Misconfigured as error:
        problem = error.reason
    shown = [
        _shown(
            settings,
            row,
            _said(connection, settings, row, feeds.get(StoreKey(row.location_key), ()), readings),
        )
        for row in rows
    ]
    return Page(levels=tuple(shown), setup=setup, problem=problem)


def _shown(settings: StockSettings, row: LevelRow, said: Target | None) -> Shown:
    kept_back = settings.safety.of(row.location_key, row.sku)
    allocation = settings.allocations.of(row.location_key, row.sku)
    wanted = allocation.of(max(0, said.quantity - kept_back)) if said else None
    return Shown(level=row, said=said, kept_back=kept_back, wanted=wanted)


def _said(
    connection: Connection,
    settings: StockSettings,
    row: LevelRow,
    warehouses: Sequence[str],
    readings: Mapping[tuple[str, str], StockReading],
) -> Target | None:
    if not warehouses or not row.search:
        return None
    components = settings.components(row.sku, connection.tables)
    parts = {}
    for component in components:
        told = [readings[component.item, each] for each in warehouses if (component.item, each) in readings]
        parts[component.item] = ItemStock(readings=told, whole=len(told) == len(warehouses))
    return target(mode=settings.mode, parts=parts, components=components, safety=0)
