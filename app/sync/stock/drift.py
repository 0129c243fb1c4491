"""Reads every level the store shows and reports those that are not what we knew; the next turn of stock puts them right.

A sale moves a level before its event has come, so what differs is read once more after a while: what an event has
explained by then is no drift.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from app.errors import StockbridgeError
from app.models import reconciliations, stock_drift, stock_levels, stock_settings
from app.models.database import Database
from app.ports import Span
from app.sync.sides import Opener
from app.sync.stock.scene import Scene, open_scene

_GRACE = timedelta(seconds=20)
_PAGE = 250


async def _patience() -> None:
    await asyncio.sleep(_GRACE.total_seconds())


async def report(
    database: Database,
    open: Opener,
    *,
    tenant: UUID,
    connection: UUID,
    by: str,
    wait: Callable[[], Awaitable[None]] = _patience,
) -> UUID:
    """A report over all levels. Raises Misconfigured where stock is not carried, and what the store says against it."""
    scene = await open_scene(database, open, tenant=tenant, connection=connection)
    async with database.tenant(tenant) as tx:
        now = await stock_settings.clock(tx)
        span = Span(since=now, until=now)
        made = await reconciliations.start(
            tx, tenant=tenant, connection=connection, kind="stock", span=span, by=by
        )
    try:
        if await _noted(database, scene, made):
            await wait()
            await _settled(database, scene, made)
    except StockbridgeError as error:
        async with database.tenant(tenant) as tx:
            await reconciliations.end(
                tx, tenant=tenant, report=made, raised=0, code=error.code, sentence=error.sentence
            )
        raise
    async with database.tenant(tenant) as tx:
        await reconciliations.end(tx, tenant=tenant, report=made, raised=0)
    return made


async def _noted(database: Database, scene: Scene, report: UUID) -> int:
    noted = 0
    async for page in scene.store.items(None):
        levels = [level for item in page.items for level in item.levels]
        async with database.tenant(scene.tenant) as tx:
            noted += await stock_drift.note(
                tx, tenant=scene.tenant, shop=scene.shop, report=report, seen=levels
            )
    return noted


async def _settled(database: Database, scene: Scene, report: UUID) -> None:
    """What still differs stays in the report, and is known from now on."""
    after = 0
    while True:
        async with database.tenant(scene.tenant) as tx:
            page = await reconciliations.findings(
                tx, tenant=scene.tenant, report=report, after=after, most=_PAGE
            )
        if not page:
            return
        seen = await scene.store.levels([stock_drift.level_of(each.key) for each in page])
        async with database.tenant(scene.tenant) as tx:
            await stock_drift.settle(tx, tenant=scene.tenant, shop=scene.shop, report=report, seen=seen)
            await stock_levels.fold(
                tx, tenant=scene.tenant, shop=scene.shop, seen=seen, read=True, trust=scene.trust
            )
        after = page[-1].id
