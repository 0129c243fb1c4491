"""Loaders of one request: what a list's entries point at is read once for all of them, never one by one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from app.domain.stock_plan import LineState, PlanLine
from app.graphql.loading import K, Loader, V
from app.models import (
    connection_lists,
    order_lists,
    overview,
    price_lines,
    price_settings,
    reconciliations,
    record_events,
    record_search,
    schedules,
    stock_lists,
    stock_runs,
)
from app.models.connection_lists import ConnectionRow, ShopRow
from app.models.database import Database, Tx
from app.models.order_lists import OrderRow
from app.models.overview import Pulse
from app.models.price_lines import PriceLine
from app.models.reconciliations import DayRow, FindingRow
from app.models.record_events import EventRow, Exchanged, Sent

_ANY = UUID(int=0)


@dataclass(frozen=True, kw_only=True)
class Inner:
    """A page of what hangs on one entry of a list: of its timeline, its lines, its findings."""

    of: UUID
    after: tuple[str, ...] | int | None
    most: int
    state: LineState | None = None
    newest_first: bool = True


@dataclass(frozen=True, kw_only=True)
class Loaders:
    """Each answers None for what is not there or another tenant's."""

    connection: Loader[UUID, ConnectionRow]
    shop: Loader[UUID, ShopRow]
    organisation: Loader[UUID, str]
    shops: Loader[UUID, list[ShopRow]]
    pulse: Loader[UUID, Pulse]
    order: Loader[UUID, OrderRow]
    parent: Loader[tuple[UUID, str], OrderRow]
    record: Loader[UUID, OrderRow]
    refunds: Loader[tuple[UUID, str], list[OrderRow]]
    shipments: Loader[tuple[UUID, str], list[OrderRow]]
    parcels: Loader[tuple[UUID, str], list[OrderRow]]
    stock_on: Loader[UUID, bool]
    prices_on: Loader[UUID, bool]
    stopped: Loader[UUID, dict[str, datetime]]
    exchange: Loader[Sent, Exchanged]
    events: Loader[Inner, list[EventRow]]
    stock_lines: Loader[Inner, list[PlanLine]]
    price_lines: Loader[Inner, list[PriceLine]]
    findings: Loader[Inner, list[FindingRow]]
    days: Loader[UUID, list[DayRow]]

    def forget(self) -> None:
        """What was kept for a query that is over."""
        for each in fields(self):
            cast("Loader[UUID, object]", getattr(self, each.name)).forget()


def loaders(database: Database, tenant: Callable[[], UUID], keeps: Callable[[], bool]) -> Loaders:
    """Of a request; `tenant` and `keeps` are asked when something is loaded: a websocket names its own later."""

    def loader(read: Callable[[Tx, UUID, Sequence[K]], Awaitable[dict[K, V]]]) -> Loader[K, V]:
        async def load(keys: list[K]) -> dict[K, V]:
            whose = tenant()
            async with database.tenant(whose) as tx:
                return await read(tx, whose, keys)

        return Loader(load, keeps)

    def inner(
        read: Callable[[Tx, UUID, Sequence[UUID], Any, Inner], Awaitable[dict[UUID, V]]],
    ) -> Loader[Inner, V]:
        async def pages(tx: Tx, whose: UUID, keys: Sequence[Inner]) -> dict[Inner, V]:
            found: dict[Inner, V] = {}
            for alike in {replace(key, of=_ANY) for key in keys}:
                of = [key.of for key in keys if replace(key, of=_ANY) == alike]
                for each, page in (await read(tx, whose, of, alike.after, alike)).items():
                    found[replace(alike, of=each)] = page
            return found

        return loader(pages)

    return Loaders(
        connection=loader(lambda tx, whose, ids: connection_lists.some(tx, tenant=whose, ids=ids)),
        shop=loader(lambda tx, whose, ids: connection_lists.shops(tx, tenant=whose, ids=ids)),
        organisation=loader(lambda tx, whose, _: _of(whose, connection_lists.organisation(tx, tenant=whose))),
        shops=loader(lambda tx, whose, _: _of(whose, connection_lists.shops_listed(tx, tenant=whose))),
        pulse=loader(lambda tx, whose, ids: overview.pulses(tx, tenant=whose, connections=ids)),
        order=loader(lambda tx, whose, ids: order_lists.some(tx, tenant=whose, ids=ids)),
        parent=loader(lambda tx, whose, of: record_search.parents(tx, tenant=whose, children=of)),
        record=loader(lambda tx, whose, ids: record_search.some(tx, tenant=whose, ids=ids)),
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
        stopped=loader(lambda tx, whose, ids: schedules.stopped(tx, tenant=whose, connections=ids)),
        exchange=loader(lambda tx, whose, sent: record_events.exchanges(tx, tenant=whose, sent=sent)),
        events=inner(
            lambda tx, whose, of, after, page: record_events.pages(
                tx, tenant=whose, records=of, newest_first=page.newest_first, after=after, most=page.most
            )
        ),
        stock_lines=inner(
            lambda tx, whose, of, after, page: stock_runs.lines_pages(
                tx, tenant=whose, runs=of, after=after or ("", ""), most=page.most, state=page.state
            )
        ),
        price_lines=inner(
            lambda tx, whose, of, after, page: price_lines.pages(
                tx, tenant=whose, runs=of, after=after or price_lines.START, most=page.most, state=page.state
            )
        ),
        findings=inner(
            lambda tx, whose, of, after, page: reconciliations.findings_pages(
                tx, tenant=whose, reports=of, after=after, most=page.most
            )
        ),
        days=loader(lambda tx, whose, ids: reconciliations.days_of(tx, tenant=whose, reports=ids)),
    )


async def _of(whose: UUID, found: Awaitable[V]) -> dict[UUID, V]:
    """What there is one of in an organisation."""
    return {whose: await found}
