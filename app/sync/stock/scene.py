"""One connection's stock, opened: both sides, its settings, which warehouses feed which location, and who shares them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Final
from uuid import UUID

from app.domain.ids import StoreKey
from app.errors import Misconfigured
from app.mapping.stock import StockSettings, feeding
from app.mapping.tables import Tables, look_up
from app.models import connections, stock_links, stock_settings
from app.models.database import Database
from app.models.stock_settings import StockSetup
from app.ports import Flow, Missing, StockSource, StockStore
from app.sync import owners, writes
from app.sync.sides import Opener, Sides

WORD: Final = "stock"
"""What the codes and the lines of the timeline of this flow begin with."""


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """A connection to the same ERP account, this one included: its open orders take from the same shelves.

    `closed`: locations of its shop that are none any more, so that nothing feeds them.
    """

    connection: UUID
    shop: UUID
    settings: StockSettings
    tables: Tables
    feeds: Mapping[StoreKey, tuple[str, ...]]
    closed: tuple[StoreKey, ...] = ()

    @cached_property
    def takers(self) -> Mapping[str, Sequence[str]]:
        """By ERP item: the SKUs that take from it under another name or as a bundle; all folded, asked of each slice."""
        found: dict[str, list[str]] = defaultdict(list)
        for sku, item in self.tables.items.items():
            found[item.casefold()].append(sku)
        for sku, components in self.settings.bundles.items():
            for item in {component.item.casefold() for component in components}:
                found[item].append(sku)
        return dict(found)

    def warehouses(self, location: str) -> tuple[str, ...] | None:
        """Where an order of this location is shipped from; None: nobody knows, so it may be any of them."""
        fed = self.feeds.get(StoreKey(location))
        if fed:
            return fed[:1]
        code = look_up(self.tables.locations, location) if location else None
        return (code,) if code else None


@dataclass(frozen=True, kw_only=True)
class Scene:
    sides: Sides
    setup: StockSetup
    source: StockSource
    store: StockStore
    feeds: Mapping[StoreKey, tuple[str, ...]]
    neighbours: tuple[Neighbour, ...]
    closed: tuple[StoreKey, ...] = ()

    @property
    def tenant(self) -> UUID:
        return self.sides.connection.tenant

    @property
    def shop(self) -> UUID:
        return self.sides.connection.shop

    @property
    def connection(self) -> UUID:
        return self.sides.connection.id

    @property
    def settings(self) -> StockSettings:
        return self.setup.settings

    @property
    def tables(self) -> Tables:
        return self.sides.connection.tables

    @property
    def trust(self) -> timedelta:
        return self.sides.timing.stock_trust


async def open_scene(database: Database, open: Opener, *, tenant: UUID, connection: UUID) -> Scene:
    """Raises Misconfigured when stock can't be carried here as things are set up."""
    async with database.tenant(tenant) as tx:
        found = await connections.one(tx, tenant=tenant, connection=connection)
        setup = await stock_settings.read(tx, tenant=tenant, connection=connection)
    if found is None or setup is None:
        raise Misconfigured("stock.not_set_up", "Stock is not set up for this connection.")
    if not found.flows.get(Flow.INVENTORY.value, True):
        raise Misconfigured("stock.switched_off", "The stock flow of this connection is switched off.")
    owners.may_write(found.owners, "inventory", to="store")
    sides = await open(found)
    source, store = sides.host.inventory, sides.store.stock
    if isinstance(source, Missing):
        raise Misconfigured("host.no_stock", source.sentence)
    if isinstance(store, Missing):
        raise Misconfigured("store.no_stock", store.sentence)
    neighbours = await _neighbours(database, open, sides)
    own = next(each for each in neighbours if each.connection == connection)
    if setup.settings.mode.value == "on_hand" and len({each.shop for each in neighbours}) > 1:
        raise Misconfigured(
            "stock.on_hand_shared",
            "Several shops sell from these warehouses, so what is promised to the others is not known by origin."
            " Choose the mode available.",
        )
    return Scene(
        sides=sides,
        setup=setup,
        source=source,
        store=store,
        feeds=own.feeds,
        neighbours=tuple(neighbours),
        closed=own.closed,
    )


def may_push(scene: Scene) -> None:
    """Raises Misconfigured while nothing may be written to this shop."""
    connection = scene.sides.connection
    shut = writes.shut(connection, "store")
    if shut is not None:
        raise Misconfigured(shut.code, shut.sentence)
    if connection.state != "live" or connection.shop_state != "installed":
        raise Misconfigured("stock.not_live", "Stock is written once the connection is live.")


async def _neighbours(database: Database, open: Opener, sides: Sides) -> list[Neighbour]:
    """Few by nature: the connections of one organisation."""
    tenant, found = sides.connection.tenant, []
    async with database.tenant(tenant) as tx:
        joined = await connections.of_host(tx, tenant=tenant, host=sides.connection.host)
    for each in joined:
        if each.id != sides.connection.id:
            if each.state == "setup":
                continue
            try:
                if (await open(each)).account != sides.account:
                    continue
            except Misconfigured:
                continue
        async with database.tenant(tenant) as tx:
            setup = await stock_settings.read(tx, tenant=tenant, connection=each.id)
            places = await stock_links.locations(tx, tenant=tenant, shop=each.shop)
        settings = setup.settings if setup else StockSettings()
        found.append(
            Neighbour(
                connection=each.id,
                shop=each.shop,
                settings=settings,
                tables=each.tables,
                feeds=feeding(settings, each.tables, places),
                closed=tuple(place.key for place in places if not place.active),
            )
        )
    return found
