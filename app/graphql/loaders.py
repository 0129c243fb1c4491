"""Loaders of one request: what a list's entries point at is read once for all of them, never one by one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from app.models import connection_lists, order_lists, overview, price_settings, record_events, stock_lists
from app.models.connection_lists import ConnectionRow, ShopRow
from app.models.database import Database, Tx
from app.models.order_lists import OrderRow
from app.models.overview import Pulse
from app.models.record_events import Exchanged, Sent

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, kw_only=True)
class Loaders:
    """Each answers None for what is not there or another tenant's."""

    connection: DataLoader[UUID, ConnectionRow | None]
    shop: DataLoader[UUID, ShopRow | None]
    pulse: DataLoader[UUID, Pulse | None]
    order: DataLoader[UUID, OrderRow | None]
    refunds: DataLoader[tuple[UUID, str], list[OrderRow] | None]
    shipments: DataLoader[tuple[UUID, str], list[OrderRow] | None]
    parcels: DataLoader[tuple[UUID, str], list[OrderRow] | None]
    stock_on: DataLoader[UUID, bool | None]
    prices_on: DataLoader[UUID, bool | None]
    exchange: DataLoader[Sent, Exchanged | None]


def loaders(database: Database, tenant: Callable[[], UUID]) -> Loaders:
    """Of a request; `tenant` is asked when something is loaded: a websocket names its own later."""

    def loader(read: Callable[[Tx, UUID, Sequence[K]], Awaitable[dict[K, V]]]) -> DataLoader[K, V | None]:
        async def load(keys: list[K]) -> list[V | None]:
            whose = tenant()
            async with database.tenant(whose) as tx:
                found = await read(tx, whose, keys)
            return [found.get(key) for key in keys]

        # Nothing is kept: a websocket's requests share these, and what is shown after a change must be read after it.
        return DataLoader(load_fn=load, max_batch_size=500, cache=False)

    return Loaders(
        connection=loader(lambda tx, whose, ids: connection_lists.some(tx, tenant=whose, ids=ids)),
        shop=loader(lambda tx, whose, ids: connection_lists.shops(tx, tenant=whose, ids=ids)),
        pulse=loader(lambda tx, whose, ids: overview.pulses(tx, tenant=whose, connections=ids)),
        order=loader(lambda tx, whose, ids: order_lists.some(tx, tenant=whose, ids=ids)),
        refunds=loader(
            lambda tx, whose, of: order_lists.children_of(tx, tenant=whose, kind="refund", orders=of)
        ),
        shipments=loader(
            lambda tx, whose, of: order_lists.children_of(tx, tenant=whose, kind="shipment", orders=of)
        ),
        parcels=loader(
            lambda tx, whose, of: order_lists.children_of(tx, tenant=whose, kind="parcel", orders=of)
        ),
        stock_on=loader(lambda tx, whose, ids: stock_lists.on(tx, tenant=whose, connections=ids)),
        prices_on=loader(lambda tx, whose, ids: price_settings.on(tx, tenant=whose, connections=ids)),
        exchange=loader(lambda tx, whose, sent: record_events.exchanges(tx, tenant=whose, sent=sent)),
    )
