"""One connection's prices, opened: both sides, its settings, and the lists of the store that are fed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.ids import StoreKey
from app.domain.price import BASE
from app.errors import Misconfigured
from app.mapping.prices import PriceSettings
from app.mapping.tables import Tables
from app.models import connections, price_settings
from app.models.database import Database
from app.models.price_settings import PriceSetup
from app.ports import Flow, Missing, PriceSource, PriceStore
from app.sync import owners, writes
from app.sync.sides import Opener, Sides

PLACES = ("prices",)
"""What the lease of a shop's one price writer is taken on, where stock has locations."""

WORD: Final = "price"
"""What the codes and the lines of the timeline of this flow begin with."""


@dataclass(frozen=True, kw_only=True)
class PriceScene:
    sides: Sides
    setup: PriceSetup
    source: PriceSource
    store: PriceStore

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
    def settings(self) -> PriceSettings:
        return self.setup.settings

    @property
    def tables(self) -> Tables:
        return self.sides.connection.tables

    @property
    def feeds(self) -> Mapping[StoreKey, str]:
        """By list, the ERP's tier that feeds it; its list price feeds the store's own prices."""
        return {BASE: "", **{key: tier for tier, key in sorted(self.settings.tiers.items())}}

    async def currencies(self) -> Mapping[StoreKey, str]:
        """Of every list that is fed. Raises Misconfigured where the store has none of that number."""
        known = {each.key: each.currency for each in await self.store.lists()}
        gone = sorted(key for key in self.feeds if key not in known)
        if gone:
            raise Misconfigured(
                "price.no_list",
                f"The store has no price list {gone[0]} any more. Map the tier to another.",
                facts={"list": gone[0]},
            )
        return {key: known[key] for key in self.feeds}


async def open_scene(database: Database, open: Opener, *, tenant: UUID, connection: UUID) -> PriceScene:
    """Raises Misconfigured when prices can't be carried here as things are set up."""
    async with database.tenant(tenant) as tx:
        found = await connections.one(tx, tenant=tenant, connection=connection)
        setup = await price_settings.read(tx, tenant=tenant, connection=connection)
    if found is None or setup is None:
        raise Misconfigured("price.not_set_up", "Prices are not set up for this connection.")
    if not found.flows.get(Flow.PRICES.value, True):
        raise Misconfigured("price.switched_off", "The prices flow of this connection is switched off.")
    owners.may_write(found.owners, "prices", to="store")
    sides = await open(found)
    source, store = sides.host.prices, sides.store.prices
    if isinstance(source, Missing):
        raise Misconfigured("host.no_prices", source.sentence)
    if isinstance(store, Missing):
        raise Misconfigured("store.no_prices", store.sentence)
    return PriceScene(sides=sides, setup=setup, source=source, store=store)


def may_push(scene: PriceScene) -> None:
    """Raises Misconfigured while nothing may be written to this shop."""
    connection = scene.sides.connection
    shut = writes.shut(connection, "store")
    if shut is not None:
        raise Misconfigured(shut.code, shut.sentence)
    if connection.state != "live" or connection.shop_state != "installed":
        raise Misconfigured("price.not_live", "Prices are written once the connection is live.")
