"""Reads every level the store shows and reports those that are not what we knew; the next turn of stock puts them right.

A sale moves a level before its event has come, so what differs is read once more after a while: what an event has
explained by then is no drift.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from app.models import stock_drift, stock_levels
from app.models.database import Database
from app.models.reconciliations import FindingRow
from app.sync.drift_report import DriftReport, patience
from app.sync.sides import Opener
from app.sync.stock.scene import Scene, open_scene

_PAGE = 250


async def report(
    database: Database,
    open: Opener,
    *,
    tenant: UUID,
    connection: UUID,
    by: str,
    wait: Callable[[], Awaitable[None]] = patience,
) -> UUID:
    """A report over all levels. Raises Misconfigured where stock is not carried, and what the store says against it."""
    scene = await open_scene(database, open, tenant=tenant, connection=connection)
    return await DriftReport(
        database=database,
        tenant=tenant,
        connection=connection,
        kind="stock",
        note=lambda report: _noted(database, scene, report),
        settle=lambda report, page: _settled(database, scene, report, page),
        most=_PAGE,
        wait=wait,
    ).made(by=by)


async def _noted(database: Database, scene: Scene, report: UUID) -> int:
    noted = 0
    async for page in scene.store.items(None):
        levels = [level for item in page.items for level in item.levels]
        async with database.tenant(scene.tenant) as tx:
            noted += await stock_drift.note(
                tx, tenant=scene.tenant, shop=scene.shop, report=report, seen=levels
            )
    return noted


async def _settled(database: Database, scene: Scene, report: UUID, page: list[FindingRow]) -> None:
    """What still differs is known from now on."""
    seen = await scene.store.levels([stock_drift.level_of(each.key) for each in page])
    async with database.tenant(scene.tenant) as tx:
        await stock_drift.settle(tx, tenant=scene.tenant, shop=scene.shop, report=report, seen=seen)
        await stock_levels.fold(
            tx, tenant=scene.tenant, shop=scene.shop, seen=seen, read=True, trust=scene.trust
        )
