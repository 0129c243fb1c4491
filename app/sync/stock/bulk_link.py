"""Links a large shop by one bulk query: its file is read line by line into staging, then taken over in key slices.

A worker that dies is followed by one that goes on at the line, or at the item, that was stored last. What comes to
nothing is told, and the shop is read page by page.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

from app.domain.inventory import ItemSeen, LevelSeen
from app.errors import Bug, Rejected
from app.models import stock_bulks, stock_levels, stock_links, stock_settings, stock_staging, timeline
from app.models.database import Database, Tx
from app.models.stock_bulks import Bulk, Purpose, Stage
from app.ports import BulkFrom, BulkSeen, BulkStarted, BulkState, FileLine, StockBulk
from app.steps import step as passes
from app.sync.sending import LeaseLost
from app.sync.stock import bulk_asking as asking
from app.sync.stock import reading
from app.sync.stock.bulk_asking import Asking, GivenUp
from app.sync.stock.scene import Scene

_A_TURN = 40.0
"""Seconds after which a turn ends, to go on at once with the next: other connections wait as well."""
_AGAIN = timedelta(hours=20)
_NOW = timedelta(0)


async def whole(database: Database, scene: Scene, *, bulk_from: BulkFrom) -> timedelta | None:
    """Goes on reading the store's items to their end, by pages or by a file. None: the end was reached.

    Otherwise when to come back. Pages come first, so that a small shop is done before a file would be made.
    """
    files = scene.sides.store.stock_bulk
    bulk = await _open(database, scene)
    if files is not None and bulk is None and await _worth_a_file(database, scene):
        if await reading.link(database, scene, whole=True, most=bulk_from.link):
            return None
        bulk = await begin(database, scene)
        if bulk is None:
            return scene.sides.timing.bulk_look
    if files is None or bulk is None:
        await reading.link(database, scene, whole=True)
        return None
    wait = await _Link(database=database, scene=scene, files=files, by=bulk_from).go_on(bulk)
    return await whole(database, scene, bulk_from=bulk_from) if wait is _GIVEN_UP else wait


async def begin(database: Database, scene: Scene) -> Bulk | None:
    """Everything is to be read again by a file. None: another connection of the shop has that done at the moment."""
    await reading.read_locations(database, scene)
    async with database.tenant(scene.tenant) as tx:
        await stock_bulks.begin(
            tx,
            tenant=scene.tenant,
            id=uuid4(),
            shop=scene.shop,
            connection=scene.connection,
            purpose=Purpose.LINK,
        )
    return await _open(database, scene)


async def pursue(database: Database, scene: Scene, *, bulk_from: BulkFrom) -> timedelta | None:
    """Goes on with a file that was begun. None: nothing is open any more."""
    files, bulk = scene.sides.store.stock_bulk, await _open(database, scene)
    if files is None or bulk is None:
        return None
    wait = await _Link(database=database, scene=scene, files=files, by=bulk_from).go_on(bulk)
    return None if wait is _GIVEN_UP else wait


async def daily(database: Database, scene: Scene, *, bulk_from: BulkFrom) -> bool:
    """Whether a shop is so large that a file a day takes the place of stretches of pages; begins it when it is time."""
    if scene.sides.store.stock_bulk is None or not await _worth_a_file(database, scene):
        return False
    async with database.tenant(scene.tenant) as tx:
        due = await stock_bulks.link_is_due(
            tx,
            tenant=scene.tenant,
            shop=scene.shop,
            connection=scene.connection,
            items=bulk_from.link,
            every=_AGAIN,
        )
    if due:
        await begin(database, scene)
    return due is not None


async def _open(database: Database, scene: Scene) -> Bulk | None:
    async with database.tenant(scene.tenant) as tx:
        found = await stock_bulks.open_of(tx, tenant=scene.tenant, shop=scene.shop, purpose=Purpose.LINK)
    return found if found and found.connection == scene.connection else None


async def _worth_a_file(database: Database, scene: Scene) -> bool:
    async with database.tenant(scene.tenant) as tx:
        return not await stock_bulks.given_up(
            tx, tenant=scene.tenant, connection=scene.connection, purpose=Purpose.LINK, within=_AGAIN
        )


_GIVEN_UP = timedelta(seconds=-1)


@dataclass(frozen=True, kw_only=True)
class _Link:
    database: Database
    scene: Scene
    files: StockBulk
    by: BulkFrom

    async def go_on(self, bulk: Bulk) -> timedelta | None:
        """As far as one turn gets. None: everything was taken over."""
        try:
            return await self._step(bulk)
        except LeaseLost:
            return self.scene.sides.timing.bulk_look

    async def _step(self, bulk: Bulk) -> timedelta | None:
        until = time.monotonic() + _A_TURN
        try:
            if bulk.stage is not Stage.MERGING:
                bulk, seen = await self._asking().over(bulk)
                if seen is None:
                    return self.scene.sides.timing.bulk_look
                bulk = await self._read(bulk, seen, until)
            if bulk.stage is not Stage.MERGING or not await self._merged(bulk, until):
                return _NOW
        except GivenUp as given_up:
            await self._give_up(bulk, given_up)
            return _GIVEN_UP
        return None

    def _asking(self) -> Asking:
        async def start(_: Bulk) -> BulkStarted:
            return await self.files.ask_items()

        async def nothing(_tx: Tx, _bulk: Bulk) -> None:
            return None

        return Asking(
            database=self.database,
            store=self.files,
            timing=self.scene.sides.timing,
            start=start,
            first=nothing,
        )

    # --- reading -------------------------------------------------------------------------------------------------

    async def _read(self, bulk: Bulk, seen: BulkSeen, until: float) -> Bulk:
        """The file from the line that was stored last. A dead address is asked for once more."""
        if seen.state is BulkState.BROKEN:
            raise GivenUp(asking.broken(seen))
        try:
            bulk, ended = await self._staged(bulk, seen.file, until)
        except Rejected:
            file = await asking.still_there(self.files, bulk)
            bulk = await self._current(bulk)
            try:
                bulk, ended = await self._staged(bulk, file, until)
            except Rejected as gone:
                raise GivenUp(asking.file_gone()) from gone
        except Bug as unreadable:
            raise GivenUp(unreadable.reason) from unreadable
        if not ended:
            return bulk
        # A linked shop that has nothing any more is a thing to look at page by page before all of it is forgotten.
        if bulk.roots < seen.roots or (not bulk.roots and self.scene.setup.linked_at is not None):
            raise GivenUp(asking.cut_off())
        return await asking.saved(self.database, replace(bulk, stage=Stage.MERGING))

    async def _current(self, bulk: Bulk) -> Bulk:
        found = await _open(self.database, self.scene)
        if found is None or found.id != bulk.id:
            raise LeaseLost
        return found

    async def _staged(self, bulk: Bulk, file: str | None, until: float) -> tuple[Bulk, bool]:
        """Whether the end was reached; no file: nothing was found."""
        if file is None:
            return bulk, True
        batch: list[FileLine] = []
        async with aclosing(self.files.lines(file, after=bulk.bytes)) as lines:
            async for line in lines:
                batch.append(line)
                if len(batch) == self.by.lines:
                    bulk = await self._keep(bulk, batch)
                    batch = []
                    if time.monotonic() > until:
                        return bulk, False
        return (await self._keep(bulk, batch) if batch else bulk), True

    async def _keep(self, bulk: Bulk, batch: Sequence[FileLine]) -> Bulk:
        parts: list[ItemSeen | LevelSeen] = []
        for line in batch:
            part = self.files.part(line.text)
            if part is not None:
                parts.append(part)
        roots = sum(isinstance(part, ItemSeen) for part in parts)
        async with self.database.tenant(bulk.tenant) as tx:
            await stock_staging.keep(tx, tenant=bulk.tenant, bulk=bulk.id, parts=parts)
            after = replace(
                bulk, lines=bulk.lines + len(batch), roots=bulk.roots + roots, bytes=batch[-1].ends_at
            )
            bulk = asking.kept(await stock_bulks.save(tx, after))
        await passes("bulk.staged")
        return bulk

    # --- taking over ---------------------------------------------------------------------------------------------

    async def _merged(self, bulk: Bulk, until: float) -> bool:
        """Slice by slice into the links and levels, each with its own checkpoint. False: there is more."""
        while True:
            async with self.database.tenant(bulk.tenant) as tx:
                items = await stock_staging.slice_of(
                    tx, tenant=bulk.tenant, bulk=bulk.id, after=bulk.merged, most=self.by.items
                )
                if not items:
                    await self._end(tx, bulk)
                    break
                bulk = await self._take_over(tx, bulk, items)
            await passes("bulk.merged")
            await asyncio.sleep(0)
            if time.monotonic() > until:
                return False
        if bulk.drift and self.scene.setup.linked_at is not None:
            await reading.tell_drift(self.database, self.scene, bulk.drift)
        return True

    async def _take_over(self, tx: Tx, bulk: Bulk, items: Sequence[ItemSeen]) -> Bulk:
        shop = {"tenant": bulk.tenant, "shop": bulk.shop}
        said = [replace(item, at=bulk.operation_at) for item in items]
        await stock_links.save_items(tx, **shop, found=said)
        drift = await stock_levels.fold(
            tx,
            **shop,
            seen=[level for item in items for level in item.levels],
            read=True,
            trust=self.scene.trust,
            old=True,
        )
        await stock_staging.clear(tx, tenant=bulk.tenant, bulk=bulk.id, until=items[-1].key)
        after = replace(bulk, merged=items[-1].key, drift=bulk.drift + drift)
        return asking.kept(await stock_bulks.save(tx, after))

    async def _end(self, tx: Tx, bulk: Bulk) -> None:
        """Every item was met: what was not is gone, unless it came after the file's picture was taken."""
        since = min(bulk.began_at, (bulk.operation_at or bulk.began_at) - asking.CLOCKS)
        await stock_links.forget_unseen(tx, tenant=bulk.tenant, shop=bulk.shop, since=since)
        await stock_settings.linked(tx, tenant=bulk.tenant, connection=bulk.connection)
        await stock_staging.clear(tx, tenant=bulk.tenant, bulk=bulk.id)
        if not await stock_bulks.end(tx, bulk):
            raise LeaseLost

    async def _give_up(self, bulk: Bulk, given_up: GivenUp) -> None:
        bulk = await self._current(bulk)
        async with self.database.tenant(bulk.tenant) as tx:
            await stock_staging.clear(tx, tenant=bulk.tenant, bulk=bulk.id)
            await stock_bulks.end(tx, bulk, reason=given_up.reason)
            await timeline.note(
                tx,
                tenant=bulk.tenant,
                connection=bulk.connection,
                record=None,
                kind="stock_link",
                sentence=f"{given_up.reason.sentence} The shop is read page by page instead.",
                code=given_up.reason.code,
                facts=given_up.reason.facts,
            )
