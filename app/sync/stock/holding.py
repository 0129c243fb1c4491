"""The pen of a connection's locations, for the length of a step."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial

from app.models import stock_writers
from app.models.database import Database
from app.models.stock_writers import Pen
from app.sync.stock.keeping import kept
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

    extend = partial(stock_writers.extend, pen=taken, lease=lease)
    try:
        async with kept(database, scene.tenant, extend, lease=lease):
            yield taken
    finally:
        with contextlib.suppress(OSError):
            await asyncio.shield(_put_down(database, taken))


async def _put_down(database: Database, taken: Pen) -> None:
    async with database.tenant(taken.tenant) as tx:
        await stock_writers.give_back(tx, taken)
