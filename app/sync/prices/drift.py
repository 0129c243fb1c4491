"""Reads every price the store shows and reports list prices that are not what both sides agreed on.

What becomes of them is the connection's policy for prices that a person changed: the next turn of prices follows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from uuid import UUID

from app.domain.ids import StoreKey
from app.domain.price import BASE
from app.models import price_drift
from app.models.database import Database
from app.models.reconciliations import FindingRow
from app.sync.drift_report import DriftReport, patience
from app.sync.prices.scene import PriceScene, open_scene
from app.sync.sides import Opener


async def report(
    database: Database,
    open: Opener,
    *,
    tenant: UUID,
    connection: UUID,
    by: str,
    wait: Callable[[], Awaitable[None]] = patience,
) -> UUID:
    """A report over all prices that we wrote or found equal. Raises Misconfigured, and what the store says against it."""
    scene = await open_scene(database, open, tenant=tenant, connection=connection)
    return await DriftReport(
        database=database,
        tenant=tenant,
        connection=connection,
        kind="prices",
        note=lambda report: _noted(database, scene, report),
        settle=lambda report, page: _settled(database, scene, report, page),
        most=scene.store.read_size,
        wait=wait,
    ).made(by=by)


async def _noted(database: Database, scene: PriceScene, report: UUID) -> int:
    noted = 0
    async for page in scene.store.variants(None):
        keys = [each.key.variant for each in page.items]
        others = [
            seen for key in scene.feeds if key != BASE and keys for seen in await scene.store.seen(key, keys)
        ]
        async with database.tenant(scene.tenant) as tx:
            noted += await price_drift.note(
                tx, tenant=scene.tenant, shop=scene.shop, report=report, seen=[*page.items, *others]
            )
    return noted


async def _settled(database: Database, scene: PriceScene, report: UUID, page: list[FindingRow]) -> None:
    seen = [each for on, keys in _by_list(page).items() for each in await scene.store.seen(on, keys)]
    async with database.tenant(scene.tenant) as tx:
        await price_drift.settle(tx, tenant=scene.tenant, shop=scene.shop, report=report, seen=seen)


def _by_list(page: list[FindingRow]) -> dict[StoreKey, list[StoreKey]]:
    found: dict[StoreKey, list[StoreKey]] = defaultdict(list)
    for each in page:
        key = price_drift.price_of(each.key)
        found[key.list].append(key.variant)
    return found
