"""The inbox: an event is durable in PostgreSQL before anyone is told it was received; everything later starts here."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import asyncpg

from app.crypto import Vault
from app.errors import Retry
from app.steps import step

UNOWNED = UUID(int=0)
"""The tenant of events whose shop nobody has installed yet."""

PURPOSE = "inbox"
_MOST_ROWS = 256
_MOST_WAITING = 4_000
_KNOWN_FOR = 15.0
_UNKNOWN_FOR = 1.0
_LOOK_EVERY = 0.1

_STORE = """
WITH given AS MATERIALIZED (
    SELECT nextval('inbox_event_id') AS id, g.* FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[],
        $6::timestamptz[], $7::text[], $8::bytea[], $9::bytea[])
        AS g (tenant_id, shop_domain, topic, webhook_id, event_id, triggered_at, api_version, body, body_hash)
), new AS (
    INSERT INTO inbox_seen (shop_domain, webhook_id, seen_on)
    SELECT DISTINCT shop_domain, webhook_id, current_date FROM given ORDER BY 1, 2
    ON CONFLICT DO NOTHING RETURNING shop_domain, webhook_id
), fresh AS MATERIALIZED (
    SELECT DISTINCT ON (shop_domain, webhook_id) given.* FROM given JOIN new USING (shop_domain, webhook_id)
    ORDER BY shop_domain, webhook_id, id
), stored AS (
    INSERT INTO inbox_event (tenant_id, id, received_on, shop_domain, topic, webhook_id, event_id, triggered_at,
        api_version, body, body_hash)
    SELECT tenant_id, id, current_date, shop_domain, topic, webhook_id, event_id, triggered_at, api_version, body, body_hash
    FROM fresh ORDER BY tenant_id, id
)
INSERT INTO inbox_work (tenant_id, shop_domain, event_id, received_on, topic)
SELECT tenant_id, shop_domain, id, current_date, topic FROM fresh ORDER BY tenant_id, shop_domain, id
"""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One delivery as it came in: verified, not parsed. `webhook_id` stays the same when the sender repeats it."""

    shop_domain: str
    topic: str
    webhook_id: str
    body: bytes
    event_id: str | None = None
    triggered_at: datetime | None = None
    api_version: str | None = None
    digest: bytes | None = field(default=None, compare=False, repr=False)
    """A digest of the body that the door has computed already, such as its signature."""

    @property
    def body_hash(self) -> bytes:
        return self.digest or hashlib.sha256(self.body).digest()


@dataclass(slots=True)
class _Waiting:
    event: Event
    stored: asyncio.Future[None]


class Inbox:
    """Turns concurrent deliveries into one INSERT each time a writer is free. Batches form by themselves: no linger."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        vault: Vault,
        *,
        wait: timedelta,
        poke: Callable[[UUID, str], Awaitable[None]],
        batched: Callable[[int, float], None] = lambda rows, seconds: None,
    ) -> None:
        """`pool` connects as the intake role. `poke(tenant, shop domain)` is called after the commit."""
        self._pool = pool
        self._vault = vault
        self._wait = wait
        self._poke = poke
        self._batched = batched
        self._waiting: list[_Waiting] = []
        self._promised: deque[tuple[float, asyncio.Future[None]]] = deque()
        self._arrived = asyncio.Event()
        self._tenants: dict[str, tuple[UUID, float]] = {}
        self._writers: list[asyncio.Task[None]] = []

    def start(self, *, writers: int = 2) -> None:
        self._writers = [
            asyncio.create_task(self._write_forever(), name=f"inbox-{n}") for n in range(writers)
        ]
        self._writers.append(asyncio.create_task(self._refuse_overdue(), name="inbox-overdue"))

    async def stop(self) -> None:
        """Waits until all that came in is written or refused, then ends the writers."""
        await asyncio.gather(*(stored for _, stored in self._promised), return_exceptions=True)
        for writer in self._writers:
            writer.cancel()
        await asyncio.gather(*self._writers, return_exceptions=True)

    async def receive(self, event: Event) -> None:
        """Returns once the event is committed; a repeat of a known webhook id returns too and stores nothing.

        Raises Retry (`inbox.overloaded`) when the database does not keep up; nothing is acknowledged then.
        """
        if len(self._waiting) >= _MOST_WAITING:
            raise _overloaded()
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[None] = loop.create_future()
        self._waiting.append(_Waiting(event, stored))
        self._promised.append((loop.time() + self._wait.total_seconds(), stored))
        self._arrived.set()
        await stored

    async def _refuse_overdue(self) -> None:
        """One watch over all who wait, since a timer for each costs more than storing does. They wait in order of time."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            now = loop.time()
            while self._promised and (self._promised[0][1].done() or self._promised[0][0] <= now):
                _, stored = self._promised.popleft()
                if not stored.done():
                    stored.set_exception(_overloaded())

    async def _write_forever(self) -> None:
        while True:
            await self._arrived.wait()
            batch, self._waiting[:] = self._waiting[:_MOST_ROWS], self._waiting[_MOST_ROWS:]
            if not self._waiting:
                self._arrived.clear()
            batch = [w for w in batch if not w.stored.done()]
            if batch:
                await self._write(batch)

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        began = time.monotonic()
        try:
            await self._store([w.event for w in batch])
        except Exception as error:  # noqa: BLE001  a writer outlives whatever a batch meets
            await self._write_singly(batch, error)
            return
        self._batched(len(batch), time.monotonic() - began)
        for waiting in batch:
            _resolve(waiting.stored)
        await self._poke_all(batch)

    async def _write_singly(self, batch: Sequence[_Waiting], error: Exception) -> None:
        """One bad row must not fail its batch; a database that is away fails each of them."""
        if len(batch) == 1:
            _fail(batch[0].stored, error)
            return
        for waiting in batch:
            await self._write([waiting])

    async def _store(self, events: Sequence[Event]) -> None:
        tenants = await self._owners({e.shop_domain for e in events})
        rows = sorted(events, key=lambda e: (e.shop_domain, e.webhook_id))
        owners = [tenants[e.shop_domain] for e in rows]
        bodies = [
            self._vault.pack(e.body, tenant=t, purpose=PURPOSE) for e, t in zip(rows, owners, strict=True)
        ]
        async with self._pool.acquire() as connection:
            await step("inbox.before_commit")
            await connection.execute(
                _STORE,
                owners,
                [e.shop_domain for e in rows],
                [e.topic for e in rows],
                [e.webhook_id for e in rows],
                [e.event_id for e in rows],
                [e.triggered_at for e in rows],
                [e.api_version for e in rows],
                bodies,
                [e.body_hash for e in rows],
            )
        await step("inbox.stored")

    async def _owners(self, domains: set[str]) -> dict[str, UUID]:
        """Remembered for a few seconds: a shop changes its organisation by installing again only."""
        now = time.monotonic()
        missing = sorted(d for d in domains if self._tenants.get(d, (UNOWNED, 0.0))[1] < now)
        if missing:
            async with self._pool.acquire() as connection:
                rows = await connection.fetch(
                    "SELECT d AS domain, tenant_of_shop(d) AS tenant FROM unnest($1::text[]) AS d", missing
                )
            for row in rows:
                owner = cast("UUID | None", row["tenant"])
                self._tenants[row["domain"]] = (
                    owner or UNOWNED,
                    now + (_KNOWN_FOR if owner else _UNKNOWN_FOR),
                )
        if len(self._tenants) > 50_000:
            self._tenants = {d: self._tenants[d] for d in domains}
        return {d: self._tenants[d][0] for d in domains}

    async def _poke_all(self, batch: Sequence[_Waiting]) -> None:
        for domain in {w.event.shop_domain for w in batch}:
            tenant = self._tenants.get(domain, (UNOWNED, 0.0))[0]
            if tenant != UNOWNED:
                # The sweep finds what a failed poke missed, so a poke never fails a delivery.
                with contextlib.suppress(Exception):
                    await self._poke(tenant, domain)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _fail(future: asyncio.Future[None], error: Exception) -> None:
    if not future.done():
        failure = Retry("inbox.unavailable", "The event could not be stored; send it again.")
        failure.__cause__ = error
        future.set_exception(failure)


def _overloaded() -> Retry:
    return Retry("inbox.overloaded", "Too many events are waiting to be stored; send this one again.")
