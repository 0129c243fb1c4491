"""Decides lines of a running push anew: an old plan before it is written, a stale level before it is written again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.inventory import LevelKey
from app.domain.stock_guard import Counted, concerns
from app.domain.stock_plan import LineState, RunState
from app.domain.stock_plan import Verdict as Said
from app.errors import Reason, Verdict
from app.models import (
    run_lists,
    stock_fences,
    stock_levels,
    stock_links,
    stock_readings,
    stock_runs,
    stock_settings,
    stock_writers,
)
from app.models.database import Database, Tx
from app.models.stock_effects import BoundLine
from app.models.stock_links import LinkedItem
from app.models.stock_writers import Pen
from app.steps import step as passes
from app.sync.run_lines import told
from app.sync.sending import LeaseLost
from app.sync.stock import planning, reading
from app.sync.stock.scene import WORD, Scene
from app.sync.stock.units import settle

_OLD = timedelta(minutes=5)
"""A plan that waited for its approval for longer stands on the ERP's word of then; so does a push that stood still."""
_UNKNOWN = Reason(
    code="stock.unknown_now",
    sentence="The ERP or the store no longer says enough about this item to write its stock.",
    verdict=Verdict.LOOK_FIRST,
)

_CLOSED = Reason(
    code="stock.location_closed",
    sentence="This location is closed in the store, so its stock is not written.",
    verdict=Verdict.NEVER,
)


@dataclass(frozen=True, kw_only=True)
class Decider:
    """Decides under a pen: whoever has lost it changes no line any more (rule 8). `first`: it may stock what no one knows."""

    database: Database
    scene: Scene
    pen: Pen
    run: UUID
    first: bool

    async def refresh(self) -> None:
        """Reads the ERP once more before an old plan is written, and decides each of its levels anew.

        What it says of locations that are closed, or that no warehouse feeds any more, is not written, however new it is;
        nor what was decided before the level gained. What gains while this run writes is passed over, for the next turn.
        """
        async with self.database.tenant(self.scene.tenant) as tx:
            await self._held(tx)
            await stock_fences.outrun(tx, tenant=self.scene.tenant, shop=self.scene.shop, run=self.run)
            await stock_fences.hold_at(
                tx, tenant=self.scene.tenant, run=self.run, locations=list(self.scene.closed), reason=_CLOSED
            )
            await stock_fences.hold_elsewhere(
                tx, tenant=self.scene.tenant, run=self.run, locations=list(self.scene.feeds), reason=_UNKNOWN
            )
            fresh = self.scene.sides.timing.stock_fresh
            if not await stock_runs.is_older(
                tx, tenant=self.scene.tenant, run=self.run, than=_OLD, still_for=fresh
            ):
                return
        since = await reading.read_erp(self.database, self.scene)
        if await self.asks(read_since=since):
            return
        lower = await planning.only_lower(self.database, self.scene, first=self.first)
        await settle(self.database, self.scene)
        async for lines in open_lines(self.database, self.scene, self.run, LineState.PLANNED):
            items = await self._items(lines)
            part = await planning.slice_of(
                self.database, self.scene, items, since=since, lower=lower, first=self.first
            )
            await self._replan(part, lines, items)
        async with self.database.tenant(self.scene.tenant) as tx:
            await stock_runs.trust(tx, tenant=self.scene.tenant, run=self.run)

    async def again(self) -> bool:
        """Reads stale levels and decides them anew, to be written under new keys (rule 15). False: there are none."""
        await passes("stock.stale")
        any_left = False
        async for lines in open_lines(self.database, self.scene, self.run, LineState.STALE):
            any_left = await self._anew(lines) or any_left
        return any_left

    async def asks(self, *, read_since: datetime | None = None) -> bool:
        """Rule 4 holds to the last call: what a person took, or nobody had to, may not turn into something else.

        `read_since`: the ERP was read anew from then on. True: the run waits for a person now, and writes nothing.
        """
        scene, tenant = self.scene, self.scene.tenant
        async with self.database.tenant(tenant) as tx:
            view = await run_lists.one(tx, tenant=tenant, run=self.run, flow=stock_runs.FLOW)
            if view is None or view.state is not RunState.RUNNING:
                return True
            rows = None
            if read_since is not None and not view.counts.partial:
                rows = await stock_readings.count(
                    tx, tenant=tenant, connection=scene.connection, since=read_since
                )
            now = replace(
                await stock_runs.so_far(tx, tenant=tenant, run=self.run),
                rows_read=view.counts.rows_read if rows is None else rows,
            )
            found = concerns(
                Counted(
                    levels=view.counts.levels,
                    zeroed=max(0, now.zeroed - view.counts.zeroed),
                    rows=rows,
                    rows_before=scene.setup.rows_accepted,
                ),
                replace(scene.settings.limits, least=max(scene.settings.limits.least, len(scene.feeds))),
            )
            if found:
                await self._held(tx)
                await stock_runs.ask_again(tx, tenant=tenant, run=self.run, found=found, now=now)
                await told(tx, tenant=tenant, run=self.run, word=WORD)
        return bool(found)

    async def _anew(self, lines: Sequence[BoundLine]) -> bool:
        """What both sides say now; the ERP only where its word is older than a minute."""
        scene = self.scene
        await reading.read_levels(self.database, scene, [line.key for line in lines])
        items = await self._items(lines)
        async with self.database.tenant(scene.tenant) as tx:
            bare = [line.key for line in lines if line.old is None]
            await stock_levels.doubt(tx, tenant=scene.tenant, shop=scene.shop, run=self.run, keys=bare)
            now = await stock_settings.clock(tx)
        oldest = min(line.observed_at for line in lines)
        if now - oldest > scene.sides.timing.stock_fresh:
            wanted = {c.item for i in items for c in scene.settings.components(i.sku.strip(), scene.tables)}
            await reading.read_again(self.database, scene, sorted(wanted))
        lower = await planning.only_lower(self.database, scene, first=self.first)
        await settle(self.database, scene)
        part = await planning.slice_of(
            self.database, scene, items, since=oldest, lower=lower, first=self.first
        )
        return await self._replan(part, lines, items)

    async def _items(self, lines: Sequence[BoundLine]) -> list[LinkedItem]:
        async with self.database.tenant(self.scene.tenant) as tx:
            return await stock_links.of_keys(
                tx, tenant=self.scene.tenant, shop=self.scene.shop, keys=[line.key.item for line in lines]
            )

    async def _replan(
        self, part: planning.Slice, lines: Sequence[BoundLine], items: Sequence[LinkedItem]
    ) -> bool:
        known = {item.key: item for item in items}
        anew: list[BoundLine] = []
        settled: dict[LevelKey, tuple[LineState, Reason | None]] = {}
        for line in lines:
            item = known.get(line.key.item)
            decided = part.decide(item, line.key.location) if item else None
            if decided and decided.verdict is Said.WRITE and decided.wanted is not None:
                anew.append(
                    BoundLine(
                        key=line.key,
                        new=decided.wanted.quantity,
                        old=decided.old(self.scene.settings.mode),
                        observed_at=decided.wanted.observed_at,
                        gains=decided.gains,
                    )
                )
            else:
                settled[line.key] = _instead(decided.verdict if decided else Said.UNKNOWN)
        async with self.database.tenant(self.scene.tenant) as tx:
            await self._held(tx)
            await stock_runs.replan(tx, tenant=self.scene.tenant, run=self.run, lines=anew)
            await stock_runs.mark(tx, tenant=self.scene.tenant, run=self.run, states=settled)
        return bool(anew)

    async def _held(self, tx: Tx) -> None:
        """For the rest of the transaction; raises LeaseLost when an heir writes here."""
        if not await stock_writers.extend(tx, self.pen, lease=self.scene.sides.timing.stock_lease):
            raise LeaseLost


async def open_lines(
    database: Database, scene: Scene, run: UUID, state: LineState
) -> AsyncIterator[Sequence[BoundLine]]:
    """Every line in a state, as many at a time as one call writes."""
    after = ("", "")
    while True:
        async with database.tenant(scene.tenant) as tx:
            lines = await stock_runs.next_lines(
                tx,
                tenant=scene.tenant,
                shop=scene.shop,
                run=run,
                state=state,
                after=after,
                most=scene.store.size,
            )
        if not lines:
            return
        yield lines
        after = (lines[-1].key.location, lines[-1].key.item)


def _instead(verdict: Said) -> tuple[LineState, Reason | None]:
    """What becomes of a line that is not written after all."""
    match verdict:
        case Said.UNCHANGED | Said.OUTDATED:
            return LineState.DONE, None
        case Said.DEFERRED:
            return LineState.DEFERRED, None
        case _:
            return LineState.HELD, _UNKNOWN
