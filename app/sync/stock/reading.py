"""Reads both sides: the ERP's stock page by page, and the store's items, levels and locations."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import TypeVar
from uuid import UUID

from app.domain.inventory import LevelKey, LevelSeen
from app.errors import Retry, Throttled
from app.models import cursors, stock_levels, stock_links, stock_readings, stock_settings, timeline
from app.models.database import Database, Tx
from app.steps import step as passes
from app.sync.sides import TOO_SLOW, Sides
from app.sync.stock.scene import Scene

_CURSOR = "stock_items"
_BEGAN = "stock_items_began"
_PAGES_A_TURN = 8
_OF_AT_ONCE = 100
_TRIES = 6
_BREATH = timedelta(seconds=1)
_LONGEST = timedelta(seconds=15)
"""Who asks for a longer rest gets it outside: other shops wait for this turn to end."""

_PASSING = frozenset({TOO_SLOW, "connection.server_error", "connection.no_answer"})
"""An ERP that is there and did not give this one answer; one that can't be reached is none."""

T = TypeVar("T")


async def read_erp(database: Database, scene: Scene) -> datetime:
    """Everything the ERP says, kept page by page with the instant before it was asked. Answers with the first one."""
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
            await stock_readings.save(
                tx,
                tenant=scene.tenant,
                connection=scene.connection,
                readings=[replace(reading, observed_at=now) for reading in page.readings],
                since=began,
            )
        await passes("stock.read")
        if page.next is None:
            return began
        if page.next == cursor:
            raise Retry("answer.unreadable", "The ERP's list of stock does not go on: a page came twice.")
        cursor = page.next


async def read_again(database: Database, scene: Scene, items: Sequence[str]) -> None:
    """These items alone, now."""
    wanted = sorted(set(items))
    for start in range(0, len(wanted), _OF_AT_ONCE):
        some = wanted[start : start + _OF_AT_ONCE]
        now, readings = await asked(
            database,
            scene.tenant,
            scene.sides,
            lambda: scene.source.of(some),  # noqa: B023  called at once
        )
        async with database.tenant(scene.tenant) as tx:
            await stock_readings.save(
                tx,
                tenant=scene.tenant,
                connection=scene.connection,
                readings=[replace(reading, observed_at=now) for reading in readings],
            )


async def asked(
    database: Database, tenant: UUID, sides: Sides, call: Callable[[], Awaitable[T]]
) -> tuple[datetime, T]:
    """The ERP's answer, and the database's time just before it was asked.

    One that is busy, slow or stumbles is asked again, a few times: the pages read before are not thrown away for one moment.
    """
    for tries in count(1):
        async with database.tenant(tenant) as tx:
            now = await stock_settings.clock(tx)
        try:
            return now, await sides.ask(call)
        except Retry as error:
            busy = isinstance(error, Throttled) or error.code in _PASSING
            wait = _BREATH * tries if error.after is None else error.after
            if not busy or tries == _TRIES or wait > _LONGEST:
                raise
            await asyncio.sleep(wait.total_seconds())
    raise AssertionError


async def read_levels(database: Database, scene: Scene, keys: Sequence[LevelKey]) -> tuple[LevelSeen, ...]:
    """What the store shows of these levels now; kept."""
    seen = await scene.store.levels(keys)
    async with database.tenant(scene.tenant) as tx:
        await stock_levels.fold(
            tx, tenant=scene.tenant, shop=scene.shop, seen=seen, read=True, trust=scene.trust
        )
    return seen


async def read_locations(database: Database, scene: Scene) -> None:
    """All that the store has; kept as of the instant before it was asked, as an event may know of a later one."""
    async with database.tenant(scene.tenant) as tx:
        at = await stock_settings.clock(tx)
    places = await scene.store.locations()
    async with database.tenant(scene.tenant) as tx:
        await stock_links.save_locations(tx, tenant=scene.tenant, shop=scene.shop, found=places, read_at=at)


async def link(database: Database, scene: Scene, *, whole: bool, most: int | None = None) -> bool:
    """Reads the store's locations and a stretch of its items with their levels, from where the last stretch ended.

    `whole`: to the end, or until so many items and `most` were read. True when the end was reached. Differences to what
    we knew are drift, and told.
    """
    if most is not None and most <= 0:
        return False
    tenant, connection = scene.tenant, scene.connection
    await read_locations(database, scene)
    async with database.tenant(tenant) as tx:
        cursor = await cursors.read(tx, tenant=tenant, connection=connection, name=_CURSOR)
        if not cursor:
            now = await stock_settings.clock(tx)
            await cursors.move(tx, tenant=tenant, connection=connection, name=_BEGAN, value=now.isoformat())
    pages = drift = met = 0
    async for page in scene.store.items(cursor):
        pages += 1
        met += len(page.items)
        levels = [level for item in page.items for level in item.levels]
        async with database.tenant(tenant) as tx:
            await stock_links.save_items(tx, tenant=tenant, shop=scene.shop, found=page.items)
            drift += await stock_levels.fold(
                tx, tenant=tenant, shop=scene.shop, seen=levels, read=True, trust=scene.trust
            )
            await cursors.move(tx, tenant=tenant, connection=connection, name=_CURSOR, value=page.cursor)
            if not page.cursor:
                await _ended(tx, scene)
        if not page.cursor or (pages >= _PAGES_A_TURN and not whole) or (most is not None and met >= most):
            break
    if drift and scene.setup.linked_at is not None:
        await tell_drift(database, scene, drift)
    return not page.cursor


async def _ended(tx: Tx, scene: Scene) -> None:
    """Every item was met: what was not is gone."""
    began = await cursors.read(tx, tenant=scene.tenant, connection=scene.connection, name=_BEGAN)
    if began:
        await stock_links.forget_unseen(
            tx, tenant=scene.tenant, shop=scene.shop, since=datetime.fromisoformat(began)
        )
    await stock_settings.linked(tx, tenant=scene.tenant, connection=scene.connection)


async def tell_drift(database: Database, scene: Scene, drift: int) -> None:
    """A line of the timeline: somebody else, or an event that was lost."""
    async with database.tenant(scene.tenant) as tx:
        await timeline.note(
            tx,
            tenant=scene.tenant,
            connection=scene.connection,
            record=None,
            kind="stock_drift",
            sentence=f"{drift} levels in the store were not what we knew of them; the next run puts them right.",
            facts={"levels": str(drift)},
        )
