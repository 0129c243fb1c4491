"""Reads every price the store shows and reports list prices that are not what both sides agreed on.

What becomes of them is the connection's policy for prices that a person changed: the next turn of prices follows it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from app.domain.ids import StoreKey
from app.domain.price import BASE
from app.errors import StockbridgeError
from app.models import price_drift, reconciliations, stock_settings
from app.models.database import Database
from app.models.reconciliations import FindingRow
from app.ports import Span
from app.sync.prices.scene import PriceScene, open_scene
from app.sync.sides import Opener

_GRACE = timedelta(seconds=20)


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
    """A report over all prices that we wrote or found equal. Raises Misconfigured, and what the store says against it."""
    scene = await open_scene(database, open, tenant=tenant, connection=connection)
    async with database.tenant(tenant) as tx:
        now = await stock_settings.clock(tx)
        made = await reconciliations.start(
            tx,
            tenant=tenant,
            connection=connection,
            kind="prices",
            span=Span(since=now, until=now),
            by=by,
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


async def _settled(database: Database, scene: PriceScene, report: UUID) -> None:
    """What still differs stays in the report."""
    after = 0
    while True:
        async with database.tenant(scene.tenant) as tx:
            page = await reconciliations.findings(
                tx, tenant=scene.tenant, report=report, after=after, most=scene.store.read_size
            )
        if not page:
            return
        seen = [each for on, keys in _by_list(page).items() for each in await scene.store.seen(on, keys)]
        async with database.tenant(scene.tenant) as tx:
            await price_drift.settle(tx, tenant=scene.tenant, shop=scene.shop, report=report, seen=seen)
        after = page[-1].id


def _by_list(page: list[FindingRow]) -> dict[StoreKey, list[StoreKey]]:
    found: dict[StoreKey, list[StoreKey]] = defaultdict(list)
    for each in page:
        key = price_drift.price_of(each.key)
        found[key.list].append(key.variant)
    return found
