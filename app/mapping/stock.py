"""How a connection's stock is mapped: mode, safety, bundles, limits, and which warehouses feed which location."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import msgspec

from app.domain.ids import StoreKey
from app.domain.inventory import Allocation, Allocations, Component, Safety, StockMode, StoreLocation
from app.domain.stock_guard import Limits
from app.errors import Misconfigured
from app.mapping.tables import Tables

USUAL = timedelta(minutes=10)
"""How often the ERP is read where nobody says otherwise."""


@dataclass(frozen=True, kw_only=True)
class StockSettings:
    """What the merchant chose. `warehouses`: per location the warehouses that feed it; empty: the locations' table,

    read backwards. `bundles`: what a SKU of the store is made of, in ERP items. `count_skipped`: units of orders that
    are not sent to the ERP are taken off what the ERP says. `every`: how often the ERP is to be read from now on; None:
    as the schedule has it.
    """

    mode: StockMode = StockMode.AVAILABLE
    safety: Safety = field(default_factory=Safety)
    allocations: Allocations = field(default_factory=Allocations)
    limits: Limits = field(default_factory=Limits)
    warehouses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    bundles: Mapping[str, tuple[Component, ...]] = field(default_factory=dict)
    count_skipped: bool = True
    every: timedelta | None = None
    stuck_after: timedelta = timedelta(minutes=10)

    def components(self, sku: str, tables: Tables) -> tuple[Component, ...]:
        """What one unit of a SKU is in the ERP: itself under the ERP's name, unless it is a bundle."""
        name = sku.strip()
        bundle = self.bundles.get(name.casefold())
        return bundle or (Component(item=item_of(name, tables), quantity=1),)


class _Kept(msgspec.Struct, frozen=True):
    location: str
    sku: str
    units: int


class _Allocated(msgspec.Struct, frozen=True):
    location: str = ""
    sku: str = ""
    share: float = 1
    cap: int | None = None


class _Stored(msgspec.Struct, frozen=True):
    mode: StockMode = StockMode.AVAILABLE
    safety: tuple[_Kept, ...] = ()
    allocations: tuple[_Allocated, ...] = ()
    zeroed: float = 0.05
    changed: float = 0.20
    fewer_rows: float = 0.10
    warehouses: dict[str, tuple[str, ...]] = {}
    bundles: dict[str, dict[str, int]] = {}
    count_skipped: bool = True
    every_seconds: float | None = None
    stuck_after_seconds: float = 600


def of(stored: bytes | str) -> StockSettings:
    """Builds the settings from their stored JSON; raises ValueError for what can't be meant."""
    read = msgspec.json.decode(stored, type=_Stored)
    if read.every_seconds is not None and read.every_seconds <= 0:
        raise ValueError("every_seconds is not above zero")
    if any(kept.units < 0 for kept in read.safety):
        raise ValueError("safety stock is below zero")
    if not all(0 <= each.share <= 1 and (each.cap is None or each.cap >= 0) for each in read.allocations):
        raise ValueError("a share is not between 0 and 1, or a cap is below zero")
    if any(quantity < 1 for parts in read.bundles.values() for quantity in parts.values()):
        raise ValueError("a bundle holds less than one of a component")
    safety = {_spot(kept.location, kept.sku): kept.units for kept in read.safety}
    allocations = {
        _spot(each.location, each.sku): Allocation(share=Decimal(str(each.share)), cap=each.cap)
        for each in read.allocations
    }
    return StockSettings(
        mode=read.mode,
        safety=Safety(units=safety),
        allocations=Allocations(rules=allocations),
        limits=Limits(zeroed=read.zeroed, changed=read.changed, fewer_rows=read.fewer_rows),
        warehouses=read.warehouses,
        bundles={
            sku.casefold(): tuple(Component(item=item, quantity=count) for item, count in parts.items())
            for sku, parts in read.bundles.items()
            if parts
        },
        count_skipped=read.count_skipped,
        every=timedelta(seconds=read.every_seconds) if read.every_seconds is not None else None,
        stuck_after=timedelta(seconds=read.stuck_after_seconds),
    )


def _spot(location: str, sku: str) -> tuple[str, str]:
    return location or "*", sku.casefold() or "*"


def item_of(sku: str, tables: Tables) -> str:
    """The ERP's name of a SKU; the table's default is a stand-in for orders and has no stock of its own."""
    return tables.items.get(sku.casefold(), sku)


def feeding(
    settings: StockSettings, tables: Tables, locations: Sequence[StoreLocation]
) -> Mapping[StoreKey, tuple[str, ...]]:
    """Which warehouses feed which active location. Raises Misconfigured where one would be sold twice.

    One may feed several locations whose shares of it come to no more than the whole, for every SKU.
    Without a map of its own stock follows the orders' table backwards: a location gets the warehouse its orders name;
    the table's default serves one location that is not named, and only when there is no second one.
    """
    active = [location for location in locations if location.active]
    if settings.warehouses:
        found = {one.key: settings.warehouses.get(one.key, ()) for one in active}
    else:
        named = {one.key: tables.locations.get(one.key.casefold()) for one in active}
        rest = [key for key, warehouse in named.items() if warehouse is None]
        if len(rest) == 1:
            named[rest[0]] = tables.locations.get("*")
        found = {key: (warehouse,) if warehouse else () for key, warehouse in named.items()}
    _refuse_twice(found, settings.allocations)
    return {key: warehouses for key, warehouses in found.items() if warehouses}


def locations_of(warehouse: str, feeds: Mapping[StoreKey, tuple[str, ...]]) -> tuple[StoreKey, ...]:
    """The same map the other way: where a warehouse's goods are sold."""
    return tuple(location for location, warehouses in feeds.items() if warehouse in warehouses)


def _refuse_twice(found: Mapping[StoreKey, tuple[str, ...]], allocations: Allocations) -> None:
    fed: dict[str, list[StoreKey]] = defaultdict(list)
    for location, warehouses in found.items():
        for warehouse in warehouses:
            fed[warehouse].append(location)
    for warehouse, locations in sorted(fed.items()):
        for sku in sorted(allocations.skus()) if len(locations) > 1 else ():
            if sum(allocations.of(location, sku).share for location in locations) > 1:
                of_it = "" if sku == "*" else f" of {sku}"
                raise Misconfigured(
                    "stock.warehouse_twice",
                    f"Warehouse {warehouse} feeds several locations that may offer more than all of it{of_it} together, so"
                    " goods would be sold twice. Map it to one, or give each a share and let the shares come to 1.",
                    facts={"warehouse": warehouse, "sku": sku},
                )
