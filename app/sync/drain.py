"""The drain: turns a shop's events into wanted records, runs those that are due, and writes marks back, slice by slice."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from app.crypto import Vault
from app.errors import (
    AccessLost,
    Misconfigured,
    Reason,
    Rejected,
    Retry,
    StockbridgeError,
    Throttled,
    Unclear,
)
from app.inbox import PURPOSE
from app.logs import get
from app.models import connections, events, records, shops, timeline
from app.models.connections import Connection
from app.models.database import Database, Tx
from app.models.events import StoredEvent
from app.models.records import Claim, End, State
from app.ports import Flow, Hint, StoreSpec
from app.settings import Timing
from app.steps import step as passes
from app.sync.engine import Engine
from app.sync.journal import Journal
from app.sync.marking import Marking, digest
from app.sync.retries import RetryPolicy
from app.sync.sending import LeaseLost, NotYet
from app.sync.sides import Opener, Sides

_EVENTS = 200
_APP_EVENT_LEASE = timedelta(seconds=60)
_ECHO = timedelta(seconds=120)
_BREAKER_MOST = timedelta(minutes=10)

AppEvent = Callable[[UUID, UUID, str, str, bytes, datetime], Awaitable[None]]
"""Acts on an event about the install itself (tenant, shop, domain, topic, body, received at); safe to repeat."""


@dataclass(frozen=True, kw_only=True)
class Drain:
    """Everything it needs is passed in; it keeps nothing between slices but opened connections in `open`."""

    database: Database
    vault: Vault
    engine: Engine
    marking: Marking
    open: Opener
    stores: Mapping[str, StoreSpec]
    app_event: AppEvent
    app_topics: frozenset[str]
    timing: Timing
    worker: str
    slots: int
    now: Callable[[], datetime]
    luck: random.Random
    counted: Callable[[str, str], None] = field(default=lambda flow, outcome: None)

    async def drain(self, tenant: UUID, shop: UUID) -> bool:
        """One bounded slice of a shop's work; True when there is more, so that the shop goes to the back of the line."""
        began = time.monotonic()
        async with self.database.tenant(tenant) as tx:
            joined = await connections.of_shop(tx, tenant=tenant, shop=shop)
            domain = await shops.served(tx, tenant=tenant, shop=shop)
        if domain is None:
            return False
        while await self._hint(tenant, shop, domain, joined):
            if self._slice_over(began):
                return True
        opened = await self._open(joined)
        more = True
        while more and not self._slice_over(began):
            more = await self._work(tenant, shop, opened)
        for sides in opened.values():
            while await self.marking.write(sides, "order") and not self._slice_over(began):
                pass
        return more

    def _slice_over(self, began: float) -> bool:
        return time.monotonic() - began > self.timing.slice_most.total_seconds()

    # --- events ----------------------------------------------------------------------------------------------------

    async def _hint(self, tenant: UUID, shop: UUID, domain: str, joined: Sequence[Connection]) -> bool:
        """Raises `wanted` for what the oldest events say, in the transaction that marks them handled (rule 23)."""
        about_app: list[StoredEvent] = []
        async with self.database.tenant(tenant) as tx:
            batch = await events.take(tx, tenant=tenant, domain=domain, most=_EVENTS)
            if not batch:
                return False
            hints: list[Hint] = []
            done: list[int] = []
            spec = self.stores[joined[0].platform if joined else "shopify"]
            for event in batch:
                if event.topic in self.app_topics:
                    about_app.append(event)
                    continue
                try:
                    hints += self._read(spec, tenant, event)
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
            for connection in joined:
                await self._want(tx, connection, [h for h in hints if h.flow is Flow.ORDERS])
            await events.handled(tx, tenant=tenant, domain=domain, ids=done)
            await events.lease(
                tx, tenant=tenant, domain=domain, ids=[e.id for e in about_app], until=_APP_EVENT_LEASE
            )
        await passes("drain.hinted")
        for event in about_app:
            await self._about_app(tenant, shop, domain, event)
        return len(batch) == _EVENTS

    def _read(self, spec: StoreSpec, tenant: UUID, event: StoredEvent) -> Sequence[Hint]:
        if event.body is None or event.topic not in spec.topics:
            return ()
        return spec.hints(event.topic, self.vault.unpack(event.body, tenant=tenant, purpose=PURPOSE))

    async def _want(self, tx: Tx, connection: Connection, hints: Sequence[Hint]) -> None:
        if connection.state == "setup" or not connection.flows.get(Flow.ORDERS.value, True):
            return
        await records.want(
            tx,
            tenant=connection.tenant,
            connection=connection.id,
            shop=connection.shop,
            kind="order",
            hints=hints,
            echo_within=_ECHO,
        )

    async def _about_app(self, tenant: UUID, shop: UUID, domain: str, event: StoredEvent) -> None:
        """Acted on outside any transaction; an event that fails stays and is tried again when its lease is over."""
        body = (
            self.vault.unpack(event.body, tenant=tenant, purpose=PURPOSE) if event.body is not None else b"{}"
        )
        try:
            await self.app_event(tenant, shop, domain, event.topic, body, event.received_at)
        except StockbridgeError as error:
            get("drain").warning("app_event.failed", topic=event.topic, code=error.code, shop=str(shop))
            if not isinstance(error, Rejected):
                return
            async with self.database.tenant(tenant) as tx:
                await events.hold(tx, tenant=tenant, domain=domain, event=event.id, code=error.code)
            return
        async with self.database.tenant(tenant) as tx:
            await events.handled(tx, tenant=tenant, domain=domain, ids=[event.id])

    # --- records ---------------------------------------------------------------------------------------------------

    async def _open(self, joined: Sequence[Connection]) -> dict[UUID, Sides]:
        opened: dict[UUID, Sides] = {}
        for connection in joined:
            if connection.state != "live" or connection.shop_state != "installed":
                continue
            try:
                opened[connection.id] = await self.open(connection)
            except Misconfigured as error:
                await self._pause(connection.tenant, connection.id, error.reason)
        return opened

    async def _work(self, tenant: UUID, shop: UUID, opened: Mapping[UUID, Sides]) -> bool:
        """Claims and runs one batch; True when another may be due."""
        if not opened:
            return False
        most = max(1, self.slots // 4)
        lease = max(sides.deadline for sides in opened.values()) + self.timing.lease_margin
        async with self.database.tenant(tenant) as tx:
            claims = await records.claim(
                tx, tenant=tenant, shop=shop, worker=self.worker, lease=lease, most=most, kinds=["order"]
            )
        if not claims:
            return False
        unopened = [c for c in claims if c.connection not in opened]
        async with self.database.tenant(tenant) as tx:
            await records.give_back(tx, unopened)
        await asyncio.gather(*(self._run(c, opened[c.connection]) for c in claims if c.connection in opened))
        return len(unopened) < len(claims)

    async def _run(self, claim: Claim, sides: Sides) -> None:
        """One record's failure stays its own. A cancellation gives back only what nothing was sent for."""
        journal = Journal()
        try:
            end = await self.engine.run(claim, sides, journal)
            await self._close_breaker(sides)
        except LeaseLost:
            return
        except NotYet as wait:
            end = End(state=State.WAITING, again_at=wait.until, failed=True)
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(claim))
            raise
        except StockbridgeError as error:
            end = await self._after(error, claim, sides, journal)
        except Exception as error:  # noqa: BLE001  our own fault stays with its record
            get("drain").exception("record.bug", record=str(claim.record), error=type(error).__name__)
            end = journal.end(End(state=State.HELD, reason=_bug(claim), failed=True))
        await self._finish(claim, end, journal, sides)

    async def _finish(self, claim: Claim, end: End, journal: Journal, sides: Sides) -> None:
        mark = digest(end)
        end = replace(end, mark=mark, mark_at=self.now() + self.timing.mark_linger if mark else None)
        async with self.database.tenant(claim.tenant) as tx:
            mine = await records.finish(tx, claim, end)
            if mine:
                await journal.write(tx, claim)
        if mine:
            await passes("order.settled")
            self.counted("orders", end.state.value)

    async def _give_back(self, claim: Claim) -> None:
        async with self.database.tenant(claim.tenant) as tx:
            await records.give_back(tx, [claim])

    async def _after(self, error: StockbridgeError, claim: Claim, sides: Sides, journal: Journal) -> End:
        """What happens next, by the kind of error; the policy is a value."""
        journal.failed(error)
        policy = RetryPolicy.of(self.timing)
        now = self.now()
        wait = policy.wait(claim.attempts, luck=self.luck.random())
        match error:
            case Throttled(after=after):
                journal.lines.clear()
                return End(
                    state=State.WAITING, again_at=now + (after or timedelta(seconds=1)), reason=error.reason
                )
            case Retry() | Unclear():
                if error.at_host:
                    await self._breaker(sides)
                if policy.is_over(claim.failing_since, now):
                    return journal.end(End(state=State.HELD, reason=error.reason, failed=True))
                after = error.after if isinstance(error, Retry) and error.after else timedelta(0)
                return End(
                    state=State.WAITING, reason=error.reason, failed=True, again_at=now + max(after, wait)
                )
            case AccessLost() | Misconfigured():
                await self._pause(claim.tenant, claim.connection, error.reason)
                return End(state=State.WAITING, reason=error.reason, again_at=now + self.timing.retry_first)
            case _:
                return journal.end(End(state=State.HELD, reason=error.reason, failed=True))

    async def _pause(self, tenant: UUID, connection: UUID, reason: Reason) -> None:
        async with self.database.tenant(tenant) as tx:
            if await connections.pause(tx, tenant=tenant, connection=connection, reason=reason):
                await timeline.note(
                    tx,
                    tenant=tenant,
                    connection=connection,
                    record=None,
                    kind="paused",
                    sentence=reason.sentence,
                    code=reason.code,
                )

    async def _breaker(self, sides: Sides) -> None:
        connection = sides.connection
        async with self.database.tenant(connection.tenant) as tx:
            await connections.failed(
                tx,
                tenant=connection.tenant,
                connection=connection.id,
                open_for=self.timing.breaker_open,
                most=max(_BREAKER_MOST, self.timing.breaker_open),
            )

    async def _close_breaker(self, sides: Sides) -> None:
        """A success after failures closes it."""
        connection = sides.connection
        if not connection.breaker_failures:
            return
        async with self.database.tenant(connection.tenant) as tx:
            await connections.worked(tx, tenant=connection.tenant, connection=connection.id)


def _bug(claim: Claim) -> Reason:
    return Reason(
        code="bug.unexpected",
        sentence="Something went wrong on our side; support can find it by this record's id.",
        facts={"record": str(claim.record)},
    )
