"""From event to wanted record: reads what a shop's oldest events say, in the transaction that marks them handled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from app.crypto import Vault
from app.domain.inventory import LevelKey
from app.errors import Bug, Rejected, StockbridgeError
from app.inbox import PURPOSE
from app.logs import get
from app.models import (
    demand,
    events,
    price_rows,
    price_settings,
    stock_bulks,
    stock_levels,
    stock_links,
    stock_settings,
    stock_staging,
    timeline,
)
from app.models.connections import Connection
from app.models.database import Database, Tx
from app.models.events import StoredEvent
from app.ports import Flow, Hint, PriceNews, StockNews, StoreSpec
from app.steps import step as passes
from app.steps.points import RecordKind
from app.sync.flow import CHILDREN, asleep

_EVENTS = 200
_APP_EVENT_LEASE = timedelta(seconds=60)
_ECHO = timedelta(seconds=120)

_HANGING = {child.flow: child for hanging in CHILDREN.values() for child in hanging}
KINDS: Mapping[Flow, RecordKind] = {
    Flow.CUSTOMERS: "customer",
    Flow.ORDERS: "order",
    Flow.FULFILLMENTS: "parcel",
    Flow.REFUNDS: "refund",
}
"""The kinds of records that events name, in the order in which records are locked; the others come by schedule."""

AppEvent = Callable[[UUID, UUID, str, str, bytes, datetime], Awaitable[None]]
"""Acts on an event about the install itself (tenant, shop, domain, topic, body, triggered at); safe to repeat."""


@dataclass(frozen=True, kw_only=True)
class Hinting:
    """`app_topics` are about the install itself and go to `app_event`; the rest are hints for the flows."""

    database: Database
    vault: Vault
    stores: Mapping[str, StoreSpec]
    app_event: AppEvent
    app_topics: frozenset[str]
    trust: timedelta = timedelta(minutes=45)

    async def take(
        self, tenant: UUID, shop: UUID, domain: str, platform: str, joined: Sequence[Connection]
    ) -> bool:
        """Raises `wanted` for what the oldest events say (rule 23); True when there may be more of them."""
        async with self.database.tenant(tenant) as tx:
            batch = await events.take(tx, tenant=tenant, domain=domain, most=_EVENTS)
            about_app = [event for event in batch if event.topic in self.app_topics]
            hints, news, prices, done = await self._hints(tx, tenant, domain, self.stores[platform], batch)
            for connection in sorted(joined, key=lambda c: c.id):
                for flow, kind in KINDS.items():
                    await self._want(tx, connection, flow, kind, [h for h in hints if h.flow is flow])
            # Orders before levels, as a run that ends locks them: the other way round they would wait for each other.
            await self._fold(tx, tenant, shop, news)
            await self._fold_prices(tx, tenant, shop, prices)
            await events.handled(tx, tenant=tenant, domain=domain, ids=done)
            await events.lease(
                tx, tenant=tenant, domain=domain, ids=[e.id for e in about_app], until=_APP_EVENT_LEASE
            )
        if batch:
            await passes("drain.hinted")
        for event in about_app:
            await self._about_app(tenant, shop, domain, event)
        return len(batch) == _EVENTS

    async def _hints(
        self, tx: Tx, tenant: UUID, domain: str, spec: StoreSpec, batch: Sequence[StoredEvent]
    ) -> tuple[list[Hint], list[StockNews], list[PriceNews], list[int]]:
        """What the events say, and which are done; one that can't be read is held and holds up nothing.

        A shop without a connection has its events read too, so that what can't be read is shown before it joins one.
        """
        hints: list[Hint] = []
        news: list[StockNews] = []
        prices: list[PriceNews] = []
        done: list[int] = []
        for event in batch:
            if event.topic in self.app_topics:
                continue
            try:
                read, said, priced = self._read(spec, tenant, event)
                hints += [self._keyed(hint, tenant) for hint in read]
                news += [said] if said else []
                prices += [priced] if priced else []
                done.append(event.id)
            except Rejected as error:
                await events.hold(tx, tenant=tenant, domain=domain, event=event.id, code=error.code)
                await timeline.note(
                    tx,
                    tenant=tenant,
                    connection=None,
                    record=None,
                    kind="event",
                    sentence=error.sentence,
                    code=error.code,
                    facts={"topic": event.topic, "event": str(event.id)},
                )
        return hints, news, prices, done

    def _read(
        self, spec: StoreSpec, tenant: UUID, event: StoredEvent
    ) -> tuple[Sequence[Hint], StockNews | None, PriceNews | None]:
        if event.body is None or event.topic not in spec.topics:
            return (), None, None
        try:
            body = self.vault.unpack(event.body, tenant=tenant, purpose=PURPOSE)
            if spec.topics[event.topic] is Flow.INVENTORY and spec.stock is not None:
                prices = spec.prices(event.topic, body) if spec.prices else None
                return (), spec.stock(event.topic, body), prices
            return spec.hints(event.topic, body), None, None
        except Rejected:
            raise
        except Bug as cause:
            raise Rejected(cause.code, cause.sentence) from cause
        except Exception as cause:
            # Whatever a body does to a reader, it waits for a person; the shop's other events go on.
            raise Rejected("event.malformed", "An event of the store can't be read.") from cause

    def _keyed(self, hint: Hint, tenant: UUID) -> Hint:
        """A customer's fingerprint stands for their name and address and nothing else: it is kept keyed alone."""
        if hint.flow is not Flow.CUSTOMERS or hint.fingerprint is None:
            return hint
        return replace(hint, fingerprint=self.vault.keyed_hash(hint.fingerprint.hex(), tenant=tenant))

    async def _fold(self, tx: Tx, tenant: UUID, shop: UUID, news: Sequence[StockNews]) -> None:
        """News of stock are taken over as they are: no run, no read (rule 19)."""
        await self._fold_places(tx, tenant, shop, news)
        if not news or not await stock_settings.is_on(tx, tenant=tenant, shop=shop):
            return
        items = [item for each in news for item in each.items]
        levels = [level for each in news for level in each.levels]
        gone = [key for each in news for key in each.gone]
        if items:
            await stock_links.save_items(tx, tenant=tenant, shop=shop, found=items)
        if levels:
            await stock_levels.fold(tx, tenant=tenant, shop=shop, seen=levels, read=False, trust=self.trust)
        ended = _ended(news)
        if ended:
            await stock_levels.forget(tx, tenant=tenant, shop=shop, keys=ended)
        if gone:
            await stock_links.forget_items(tx, tenant=tenant, shop=shop, keys=gone)
            await stock_staging.buried(tx, tenant=tenant, shop=shop, keys=gone)
        over = [operation for each in news for operation in each.bulk]
        if over:
            await stock_bulks.hurry(tx, tenant=tenant, shop=shop, operations=over)

    async def _fold_places(self, tx: Tx, tenant: UUID, shop: UUID, news: Sequence[StockNews]) -> None:
        """Orders name locations as well, so these are known whether stock is carried or not."""
        seen = [place for each in news for place in each.locations]
        closed = [key for each in news for key in each.closed]
        if seen:
            await stock_links.fold_locations(tx, tenant=tenant, shop=shop, seen=seen)
        if closed:
            await stock_links.close_locations(tx, tenant=tenant, shop=shop, keys=closed)

    async def _fold_prices(self, tx: Tx, tenant: UUID, shop: UUID, news: Sequence[PriceNews]) -> None:
        """So are prices: what a person changed is seen by the next plan."""
        seen = [each for said in news for each in said.seen]
        if seen and await price_settings.is_on(tx, tenant=tenant, shop=shop):
            await price_rows.save(tx, tenant=tenant, shop=shop, seen=seen)

    async def _want(
        self, tx: Tx, connection: Connection, flow: Flow, kind: RecordKind, hints: Sequence[Hint]
    ) -> None:
        """What hangs on orders is written down even while its flow is off: so it is known when that is switched on."""
        child = _HANGING.get(flow)
        on = connection.flows.get(flow.value, True) or child is not None
        if connection.state == "setup" or not on or (child and asleep(child, connection.owners)):
            return
        if asleep(_HANGING[Flow.FULFILLMENTS], connection.owners):
            # The ERP sends: what moves the order by that is told by nobody but us.
            hints = [replace(hint, fingerprint=hint.unsent or hint.fingerprint) for hint in hints]
        await demand.want(
            tx,
            tenant=connection.tenant,
            connection=connection.id,
            shop=connection.shop,
            kind=kind,
            hints=hints,
            echo_within=_ECHO,
        )

    async def _about_app(self, tenant: UUID, shop: UUID, domain: str, event: StoredEvent) -> None:
        """Acted on outside any transaction; an event that fails stays and is tried again when its lease is over."""
        try:
            # A body that a later request has erased leaves nothing to act on.
            if event.body is not None:
                body = self.vault.unpack(event.body, tenant=tenant, purpose=PURPOSE)
                at = event.triggered_at or event.received_at
                await self.app_event(tenant, shop, domain, event.topic, body, at)
        except StockbridgeError as error:
            get("drain").warning("app_event.failed", topic=event.topic, code=error.code, shop=str(shop))
            if not isinstance(error, Rejected | Bug):
                return
            async with self.database.tenant(tenant) as tx:
                await events.hold(tx, tenant=tenant, domain=domain, event=event.id, code=error.code)
            return
        async with self.database.tenant(tenant) as tx:
            await events.handled(tx, tenant=tenant, domain=domain, ids=[event.id])


def _ended(news: Sequence[StockNews]) -> list[LevelKey]:
    """Levels that ended and were not heard of again in the same batch."""
    ended: dict[LevelKey, None] = {}
    for each in news:
        for level in each.levels:
            ended.pop(level.key, None)
        ended |= dict.fromkeys(each.ended)
    return list(ended)
