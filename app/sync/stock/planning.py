"""Makes a plan: walks the linked items by SKU in slices, decides each level, and keeps the lines that would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.ids import StoreKey
from app.domain.inventory import LevelKey, StockMode, StockReading
from app.domain.stock_guard import Counted, concerns
from app.domain.stock_plan import LineState, PlanCounts, PlanLine, Verdict, verdict
from app.domain.stock_target import ItemStock, Target, target
from app.models import demand_lines, stock_levels, stock_links, stock_readings, stock_runs, stock_settings
from app.models.database import Database
from app.models.stock_levels import KnownLevel
from app.models.stock_links import LinkedItem
from app.steps import step as passes
from app.sync.run_lines import told
from app.sync.stock.scene import WORD, Scene
from app.sync.stock.units import OpenUnits, open_units, settle

_SLICE = 500
_MOST_UNREAD = 500
_FORGOTTEN = timedelta(days=30)
_Readings = Mapping[tuple[str, str], StockReading]


@dataclass(frozen=True, kw_only=True)
class Decided:
    """One level: what it should show, what it shows, and what follows."""

    key: LevelKey
    sku: str
    wanted: Target | None
    known: KnownLevel | None
    verdict: Verdict

    def old(self, mode: StockMode) -> int | None:
        return self.known.seen.quantity(mode) if self.known else None

    @property
    def gains(self) -> int:
        """How often the level may have gained when this was decided."""
        return self.known.gains if self.known else 0


@dataclass(frozen=True, kw_only=True)
class Slice:
    """What the decisions of some items stand on. `since`: readings before it were said by another read of the ERP."""

    scene: Scene
    units: OpenUnits
    readings: _Readings
    levels: Mapping[LevelKey, KnownLevel]
    only_lower: bool
    first: bool

    def decide(self, item: LinkedItem, location: StoreKey) -> Decided:
        key = LevelKey(item=item.key, location=location)
        known = self.levels.get(key)
        wanted = self._target(item, location, known)
        return Decided(
            key=key,
            sku=item.sku,
            wanted=wanted,
            known=known,
            verdict=verdict(
                wanted,
                known.seen if known else None,
                mode=self.scene.settings.mode,
                newer_than=known.written_observed_at if known else None,
                only_lower=self.only_lower,
                first=self.first,
            ),
        )

    def _target(self, item: LinkedItem, location: StoreKey, known: KnownLevel | None) -> Target | None:
        settings = self.scene.settings
        if location not in self.scene.feeds:
            return None
        components = settings.components(item.sku.strip(), self.scene.tables)
        bundled = item.search in settings.bundles
        safety = (
            (settings.safety.own(location, item.search) or 0)
            if bundled
            else settings.safety.of(location, item.search)
        )
        found = target(
            mode=settings.mode,
            parts={c.item: self._stock(c.item, location) for c in components},
            components=components,
            safety=safety,
            component_safety={c.item: settings.safety.of(location, c.item) for c in components}
            if bundled
            else None,
            allocation=settings.allocations.of(location, item.search),
        )
        if found is None or known is None or settings.mode is StockMode.ON_HAND:
            return found
        return replace(found, quantity=max(0, found.quantity - max(0, known.unexplained)))

    def _stock(self, item: str, location: StoreKey) -> ItemStock:
        warehouses = self.scene.feeds[location]
        readings = [self.readings[item, w] for w in warehouses if (item, w) in self.readings]
        return ItemStock(
            readings=readings,
            unknown_units=sum(self.units.beyond(reading) for reading in readings),
            whole=len(readings) == len(warehouses),
        )


async def only_lower(database: Database, scene: Scene, *, first: bool) -> bool:
    """Rule 17: while the order flow of any shop on these shelves stands still, stock is only lowered."""
    everyone = [each.connection for each in scene.neighbours]
    async with database.tenant(scene.tenant) as tx:
        why = await demand_lines.stuck(
            tx, tenant=scene.tenant, connections=everyone, after=scene.settings.stuck_after
        )
        unread = await demand_lines.unread(tx, tenant=scene.tenant, connections=everyone, most=_MOST_UNREAD)
    return why is not None or unread >= _MOST_UNREAD or (first and unread > 0)


async def slice_of(
    database: Database, scene: Scene, items: Sequence[LinkedItem], *, since: datetime, lower: bool, first: bool
) -> Slice:  # fmt: skip
    wanted = {c.item for item in items for c in scene.settings.components(item.sku.strip(), scene.tables)}
    async with database.tenant(scene.tenant) as tx:
        readings = await stock_readings.of_items(
            tx, tenant=scene.tenant, connection=scene.connection, items=list(wanted), since=since
        )
        levels = await stock_levels.known(
            tx, tenant=scene.tenant, shop=scene.shop, items=[item.key for item in items], trust=scene.trust
        )
    units = await open_units(database, scene, since=since, items=wanted)
    return Slice(scene=scene, units=units, readings=readings, levels=levels, only_lower=lower, first=first)


async def plan(
    database: Database, scene: Scene, run: UUID, *, since: datetime, only: str | None = None
) -> None:
    """Fills the run's plan from what was read since. `only`: one SKU."""
    first = scene.setup.first_push_at is None
    lower = await only_lower(database, scene, first=first)
    await settle(database, scene)
    counted: Counter[str] = Counter()
    after = ("", "") if only is None else (only.strip().casefold(), "")
    while True:
        async with database.tenant(scene.tenant) as tx:
            items = await stock_links.page(
                tx, tenant=scene.tenant, shop=scene.shop, after=after, most=_SLICE, only=only
            )
        if items:
            part = await slice_of(database, scene, items, since=since, lower=lower, first=first)
            await _keep(database, scene, run, part, items, counted)
        if len(items) < _SLICE:
            break
        after = (items[-1].search, items[-1].key)
    await _finish(database, scene, run, counted, since=since, first=first, partial=only is not None)
    await passes("stock.planned")


async def _keep(
    database: Database,
    scene: Scene,
    run: UUID,
    part: Slice,
    items: Sequence[LinkedItem],
    counted: Counter[str],
) -> None:
    mode, lines = scene.settings.mode, []
    for item in items:
        for location in scene.feeds:
            decided = part.decide(item, location)
            _count(decided, mode, counted)
            if decided.verdict in {Verdict.WRITE, Verdict.DEFERRED} and decided.wanted is not None:
                lines.append((_line(decided, mode), decided.wanted.observed_at, decided.gains))
    if lines:
        async with database.tenant(scene.tenant) as tx:
            await stock_runs.add_lines(tx, tenant=scene.tenant, run=run, lines=lines)


def _line(decided: Decided, mode: StockMode) -> PlanLine:
    assert decided.wanted is not None
    return PlanLine(
        key=decided.key,
        sku=decided.sku,
        old=decided.old(mode),
        new=decided.wanted.quantity,
        state=LineState.PLANNED if decided.verdict is Verdict.WRITE else LineState.DEFERRED,
    )


def _count(decided: Decided, mode: StockMode, counted: Counter[str]) -> None:
    counted[decided.verdict.value] += 1
    if decided.known is not None:
        counted["levels"] += 1
    if decided.verdict is Verdict.WRITE and decided.wanted is not None:
        old, new = decided.old(mode) or 0, decided.wanted.quantity
        counted["raised"] += new > old
        counted["lowered"] += new < old
        counted["zeroed"] += new == 0 < old


async def _finish(
    database: Database,
    scene: Scene,
    run: UUID,
    counted: Counter[str],
    *,
    since: datetime,
    first: bool,
    partial: bool,
) -> None:
    async with database.tenant(scene.tenant) as tx:
        rows = await stock_readings.count(tx, tenant=scene.tenant, connection=scene.connection, since=since)
        counts = PlanCounts(
            levels=counted["levels"],
            changed=counted["write"],
            raised=counted["raised"],
            lowered=counted["lowered"],
            zeroed=counted["zeroed"],
            unchanged=counted["unchanged"] + counted["outdated"],
            unknown=counted["unknown"],
            unstocked=counted["unstocked"],
            deferred=counted["deferred"],
            rows_read=rows,
            partial=partial,
        )
        found = concerns(
            Counted(
                levels=counts.levels,
                zeroed=0 if partial else counts.zeroed,
                changed=0 if partial else counts.changed,
                rows=None if partial else rows,
                rows_before=scene.setup.rows_accepted,
                first=first,
            ),
            scene.settings.limits,
        )
        await stock_runs.planned(
            tx, tenant=scene.tenant, run=run, counts=counts, found=found, checkpoint=since.isoformat()
        )
        await told(tx, tenant=scene.tenant, run=run, word=WORD)
        if not found and not partial:
            await stock_readings.forget_old(
                tx, tenant=scene.tenant, connection=scene.connection, before=_FORGOTTEN
            )
            await stock_settings.accepted(tx, tenant=scene.tenant, connection=scene.connection, rows=rows)
