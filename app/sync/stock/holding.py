"""The pen of a connection's locations, for the length of a step."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg

from app.models import stock_writers
from app.models.database import Database
from app.models.stock_writers import Pen
from app.sync.stock.scene import Scene


@contextlib.asynccontextmanager
async def pen(database: Database, scene: Scene, worker: str) -> AsyncIterator[Pen | None]:
    """None: another writer is at it. Kept alive while held, and given back."""
    lease = scene.sides.timing.stock_lease
    async with database.tenant(scene.tenant) as tx:
        taken = await stock_writers.take(
            tx,
            tenant=scene.tenant,
            shop=scene.shop,
            connection=scene.connection,
            locations=list(scene.feeds),
            owner=worker,
            lease=lease,
        )
    if taken is None:
        yield None
        return

    async def keep() -> None:
        while True:
            await asyncio.sleep(lease.total_seconds() / 3)
            # A database that is away loses leases and nothing else: the next round tries again.
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                async with database.tenant(scene.tenant) as tx:
                    await stock_writers.extend(tx, taken, lease=lease)

    keeper = asyncio.create_task(keep())
    try:
        yield taken
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        with contextlib.suppress(OSError):
            await asyncio.shield(_put_down(database, taken))


async def _put_down(database: Database, taken: Pen) -> None:
    async with database.tenant(taken.tenant) as tx:
        await stock_writers.give_back(tx, taken)
