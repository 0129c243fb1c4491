"""The drain: one bounded slice of a shop's work: its events, its due records, its marks to the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.errors import Misconfigured
from app.models import connections, shops
from app.models.connections import Connection
from app.models.database import Database
from app.settings import Timing
from app.sync.hinting import Hinting
from app.sync.marking import Marking
from app.sync.running import Running
from app.sync.sides import Opener, Sides


@dataclass(frozen=True, kw_only=True)
class Drain:
    """Keeps nothing between slices: the next one, in whichever process, starts from PostgreSQL."""

    database: Database
    hinting: Hinting
    running: Running
    marking: Marking
    open: Opener
    timing: Timing

    async def drain(self, tenant: UUID, shop: UUID) -> bool:
        """One slice; True when there is more, so that the shop goes to the back of the line."""
        ends = time.monotonic() + self.timing.slice_most.total_seconds()

        def over() -> bool:
            return time.monotonic() > ends

        async with self.database.tenant(tenant) as tx:
            joined = await connections.of_shop(tx, tenant=tenant, shop=shop)
            served = await shops.served(tx, tenant=tenant, shop=shop)
        if served is None:
            return False
        while await self.hinting.take(tenant, shop, *served, joined):
            if over():
                return True
        opened = await self._open(joined)
        if not opened:
            return False
        more = await self.running.work(tenant, shop, opened, over)
        for sides in opened.values():
            await self._marked(sides, over)
        return more

    async def _marked(self, sides: Sides, over: Callable[[], bool]) -> None:
        """One whose store lets nobody in pauses, and its notes wait with everything else."""
        try:
            while await self.marking.write(sides, "order") and not over():
                pass
        except Misconfigured as error:
            await self.running.pause(sides.connection.tenant, sides.connection.id, error.reason)

    async def _open(self, joined: Sequence[Connection]) -> dict[UUID, Sides]:
        """Both sides of every connection that may run; one that can't be opened pauses and stops no other."""
        opened: dict[UUID, Sides] = {}
        for connection in joined:
            if connection.state != "live" or connection.shop_state != "installed":
                continue
            try:
                opened[connection.id] = await self.open(connection)
            except Misconfigured as error:
                await self.running.pause(connection.tenant, connection.id, error.reason)
        return opened
