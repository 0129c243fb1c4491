"""Reads both sides: the ERP's prices page by page, and the store's variants with what each shows on each fed list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.domain.ids import StoreKey
from app.domain.price import BASE, PriceSeen
from app.models import cursors, price_readings, price_rows, price_settings, stock_settings, turn_rows
from app.models.database import Database, Tx
from app.steps import step as passes
from app.sync.prices.scene import PriceScene
from app.sync.stock.reading import asked

_CURSOR, _BEGAN = "price_variants", "price_variants_began"
_PAGES_A_TURN = 8
_OF_AT_ONCE = 100


async def read_erp(database: Database, scene: PriceScene) -> datetime:
    """Everything the ERP asks, kept page by page with the instant before it was asked. Answers with the first one."""
    began: datetime | None = None
    cursor: str | None = None
    while True:
        place = cursor
        now, page = await asked(
            database,
            scene.tenant,
            scene.sides,
            lambda: scene.source.page(place),  # noqa: B023  called at once
        )
        began = began or now
        async with database.tenant(scene.tenant) as tx:
            await price_readings.save(
                tx,
                tenant=scene.tenant,
                connection=scene.connection,
                readings=[replace(reading, observed_at=now) for reading in page.readings],
            )
        await passes("price.read")
        if page.next is None:
            return began
        cursor = page.next


async def read_again(database: Database, scene: PriceScene, items: Sequence[str]) -> datetime:
    """These items alone, now. Answers with the instant before they were asked for."""
    wanted = sorted(set(items))
    async with database.tenant(scene.tenant) as tx:
        now = await stock_settings.clock(tx)
    for start in range(0, len(wanted), _OF_AT_ONCE):
        some = wanted[start : start + _OF_AT_ONCE]
        _, readings = await asked(
            database,
            scene.tenant,
            scene.sides,
            lambda: scene.source.of(some),  # noqa: B023  called at once
        )
        async with database.tenant(scene.tenant) as tx:
            await price_readings.save(
                tx,
                tenant=scene.tenant,
                connection=scene.connection,
                readings=[replace(reading, observed_at=now) for reading in readings],
            )
    return now


async def read_shown(
    database: Database, scene: PriceScene, list: StoreKey, variants: Sequence[StoreKey]
) -> tuple[PriceSeen, ...]:
    """What the store shows of these now, as many as one reading call may name; kept."""
    seen = await scene.store.seen(list, variants)
    async with database.tenant(scene.tenant) as tx:
        await price_rows.save(tx, tenant=scene.tenant, shop=scene.shop, seen=seen)
    return seen


async def link(database: Database, scene: PriceScene, *, whole: bool) -> bool:
    """Reads a stretch of the store's variants, from where the last stretch ended, and what the lists ask for them.

    `whole`: to the end. True when it was reached: what was not met is gone.
    """
    tenant, connection = scene.tenant, scene.connection
    async with database.tenant(tenant) as tx:
        cursor = await cursors.read(tx, tenant=tenant, connection=connection, name=_CURSOR)
        if not cursor:
            now = await stock_settings.clock(tx)
            await cursors.move(tx, tenant=tenant, connection=connection, name=_BEGAN, value=now.isoformat())
    pages = 0
    async for page in scene.store.variants(cursor):
        pages += 1
        keys = [each.key.variant for each in page.items]
        others = [
            seen for key in scene.feeds if key != BASE and keys for seen in await scene.store.seen(key, keys)
        ]
        async with database.tenant(tenant) as tx:
            await price_rows.save(tx, tenant=tenant, shop=scene.shop, seen=[*page.items, *others])
            await cursors.move(tx, tenant=tenant, connection=connection, name=_CURSOR, value=page.cursor)
            if not page.cursor:
                await _ended(tx, scene)
        if not page.cursor or (pages >= _PAGES_A_TURN and not whole):
            break
    return not page.cursor


async def _ended(tx: Tx, scene: PriceScene) -> None:
    began = await cursors.read(tx, tenant=scene.tenant, connection=scene.connection, name=_BEGAN)
    if began:
        await price_rows.forget_unseen(
            tx, tenant=scene.tenant, shop=scene.shop, since=datetime.fromisoformat(began)
        )
    await turn_rows.linked(tx, price_settings.TABLE, tenant=scene.tenant, connection=scene.connection)
