"""The work of a worker process: drains by poke, the sweep that needs no Redis, the turns of the clock, and upkeep."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.errors import Misconfigured, StockbridgeError
from app.logs import get
from app.models import connections, cursors, upkeep, workers
from app.models.database import Database
from app.settings import Timing
from app.steps import step as passes
from app.sync import resuming
from app.sync.alerts.turns import AlertTurns
from app.sync.drain import Drain
from app.sync.listening import Listening
from app.sync.sides import Opener
from app.sync.tasks import Tasks
from app.sync.turns import Turns

_SHOPS_AT_ONCE = 8
_CONNECTIONS_AT_ONCE = 4
_IDLE = timedelta(days=14)
"""Well inside the 90 days that a shop's right to renew its tokens lives."""


@dataclass(frozen=True, kw_only=True)
class ShopWork:
    """Works from PostgreSQL alone; what is in Redis only tells it where to look first."""

    database: Database
    drains: Drain
    listening: Listening
    open: Opener
    timing: Timing
    turns: Turns
    tasks: Tasks
    alerts: AlertTurns
    poke: Callable[[UUID, UUID], Awaitable[None]]
    adopt_unowned: Callable[[UUID, str], Awaitable[int]]
    keep_alive: Callable[[str], Awaitable[None]]

    async def drain(self, tenant: UUID, shop: UUID) -> bool:
        return await self.drains.drain(tenant, shop)

    async def sweep_once(self) -> int:
        """Drains shops with anything due that no poke brought here; answers with how many have more."""
        due = await workers.shops_with_work(
            self.database, missed_for=self.timing.sweep_missed_after, most=_SHOPS_AT_ONCE
        )
        await passes("sweep.claimed")
        results = await asyncio.gather(*(self.drains.drain(*each) for each in due), return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                get("sweep").error("sweep.shop_failed", exc_info=result)
        return sum(result is True for result in results)

    async def turns_due(self) -> None:
        await self.turns.due()

    async def listen_due(self) -> None:
        """Asks ERPs what has changed there, a slice of each; who has more to tell is asked again at once."""
        due = await workers.connections_to_listen(self.database, most=_CONNECTIONS_AT_ONCE)
        results = await asyncio.gather(*(self._listened(*each) for each in due), return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _listened(self, tenant: UUID, connection: UUID) -> None:
        """One ERP's slowness or failure is its own: the others are asked meanwhile."""
        try:
            await self._listen(tenant, connection)
        except Misconfigured as error:
            await self.drains.running.pause(tenant, connection, error.reason)
        except StockbridgeError as error:
            get("listen").warning("listen.failed", connection=str(connection), code=error.code)

    async def _listen(self, tenant: UUID, connection: UUID) -> None:
        async with self.database.tenant(tenant) as tx:
            mine = await cursors.claim_listening(
                tx, tenant=tenant, connection=connection, every=self.timing.listen_every
            )
            found = await connections.one(tx, tenant=tenant, connection=connection) if mine else None
        if found is None:
            return
        ends = time.monotonic() + self.timing.slice_most.total_seconds()
        raised, more = await self.listening.run(await self.open(found), lambda: time.monotonic() > ends)
        if more:
            async with self.database.tenant(tenant) as tx:
                await cursors.listen_again(tx, tenant=tenant, connection=connection)
        if raised:
            await self.poke(tenant, found.shop)

    async def tasks_due(self) -> None:
        await self.tasks.due()

    async def alerts_due(self) -> None:
        await self.alerts.due()

    async def upkeep(self) -> None:
        """Partitions and retention; events from before an install; connections that may be let in again."""
        await upkeep.keep_house(
            self.database,
            seen_for=self.timing.unowned_keep,
            bodies_for=self.timing.body_keep,
            timeline_for=self.timing.timeline_keep,
        )
        for tenant, domain in await upkeep.shops_with_unowned(self.database, most=_SHOPS_AT_ONCE):
            await self.adopt_unowned(tenant, domain)
        for domain in await upkeep.shops_with_old_tokens(self.database, older=_IDLE, most=_SHOPS_AT_ONCE):
            with contextlib.suppress(StockbridgeError):
                await self.keep_alive(domain)
        await self._ask_paused()

    async def _ask_paused(self) -> None:
        """A frozen shop thaws and a key is mended without telling us: both sides are asked, and the flows resume."""
        after = UUID(int=0)
        while page := await upkeep.paused_connections(self.database, after=after, most=_CONNECTIONS_AT_ONCE):
            for tenant, connection in page:
                with contextlib.suppress(StockbridgeError):
                    await self._ask(tenant, connection)
            after = page[-1][1]

    async def _ask(self, tenant: UUID, connection: UUID) -> None:
        async with self.database.tenant(tenant) as tx:
            found = await connections.one(tx, tenant=tenant, connection=connection)
        if found is None:
            return
        await resuming.resume(self.database, await self.open(found))
