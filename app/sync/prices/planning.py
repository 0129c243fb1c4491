"""Makes a plan: walks the store's variants by SKU in slices, decides each price, and keeps the lines that would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.domain.ids import StoreKey
from app.domain.price import BASE, PriceKey, PriceReading, Shown
from app.domain.price_rule import Asked, Decision, Fate, decide
from app.domain.stock_guard import Counted, concerns
from app.domain.stock_plan import LineState, PlanCounts
from app.mapping.stock import item_of
from app.models import price_lines, price_readings, price_rows, price_settings, stock_runs, turn_rows
from app.models.database import Database
from app.models.price_lines import PriceLine
from app.models.price_rows import NOTHING, KnownPrice, LinkedVariant
from app.steps import step as passes
from app.sync.prices.scene import WORD, PriceScene
from app.sync.run_lines import told

_SLICE = 500


@dataclass(frozen=True, kw_only=True)
class Slice:
    """What the decisions of some variants stand on."""

    scene: PriceScene
    currencies: Mapping[StoreKey, str]
    readings: Mapping[tuple[str, str], PriceReading]
    known: Mapping[PriceKey, KnownPrice]

    def asked(self, variant: LinkedVariant, list: StoreKey) -> Asked | None:
        item = item_of(variant.sku.strip(), self.scene.tables)
        found = self.readings.get((self.scene.feeds[list], item))
        if found is None:
            return None
        return Asked(price=found.price, currency=found.currency, observed_at=found.observed_at)

    def decide(self, variant: LinkedVariant, list: StoreKey, *, shown: Shown | None = None) -> Decision:
        """`shown`: what was just read; without it, what is known."""
        known = self.known.get(PriceKey(list=list, variant=variant.key), NOTHING)
        shown = shown or known.shown
        if list == BASE and shown is None:
            return Decision(fate=Fate.UNKNOWN)
        return decide(
            self.asked(variant, list),
            shown,
            known.past,
            self.scene.settings.rule,
            currency=self.currencies[list],
        )

    def line(self, variant: LinkedVariant, list: StoreKey, decision: Decision) -> PriceLine:
        key = PriceKey(list=list, variant=variant.key)
        shown, asked = self.known.get(key, NOTHING).shown, self.asked(variant, list)
        assert decision.listed is not None
        assert asked is not None
        reason = decision.reason
        return PriceLine(
            key=key,
            product=variant.product if list == BASE else StoreKey(""),
            sku=variant.sku,
            old=shown.listed if shown else None,
            new=decision.listed,
            observed_at=asked.observed_at,
            sale=decision.was is not None,
            state=LineState.PLANNED if decision.fate is Fate.WRITE else LineState.HELD,
            code=reason.code if reason else None,
            sentence=reason.sentence if reason else None,
        )


async def slice_of(
    database: Database,
    scene: PriceScene,
    variants: Sequence[LinkedVariant],
    *,
    since: datetime,
    currencies: Mapping[StoreKey, str],
) -> Slice:
    """`since`: readings before it were said by another read of the ERP."""
    items = [item_of(variant.sku.strip(), scene.tables) for variant in variants]
    async with database.tenant(scene.tenant) as tx:
        readings = await price_readings.of_items(
            tx, tenant=scene.tenant, connection=scene.connection, items=items, since=since
        )
        known = await price_rows.known(
            tx, tenant=scene.tenant, shop=scene.shop, variants=[variant.key for variant in variants]
        )
    return Slice(scene=scene, currencies=currencies, readings=readings, known=known)


async def plan(
    database: Database, scene: PriceScene, run: UUID, *, since: datetime, only: str | None = None
) -> None:
    """Fills the run's plan from what was read since. `only`: one SKU."""
    currencies = await scene.currencies()
    async with database.tenant(scene.tenant) as tx:
        await price_settings.save_currencies(
            tx, tenant=scene.tenant, connection=scene.connection, currencies=currencies
        )
    counted: Counter[str] = Counter()
    after = ("", "")
    while True:
        async with database.tenant(scene.tenant) as tx:
            variants = await price_rows.page(
                tx, tenant=scene.tenant, shop=scene.shop, after=after, most=_SLICE, only=only
            )
        if variants:
            part = await slice_of(database, scene, variants, since=since, currencies=currencies)
            await _keep(database, scene, run, part, variants, counted)
        if len(variants) < _SLICE:
            break
        after = (variants[-1].search, variants[-1].key)
    await _finish(database, scene, run, counted, since=since, partial=only is not None)
    await passes("price.planned")


async def _keep(
    database: Database,
    scene: PriceScene,
    run: UUID,
    part: Slice,
    variants: Sequence[LinkedVariant],
    counted: Counter[str],
) -> None:
    lines: list[PriceLine] = []
    alike: dict[PriceKey, tuple[Decimal, datetime]] = {}
    for variant in variants:
        for place in scene.feeds:
            decision, asked = part.decide(variant, place), part.asked(variant, place)
            if place != BASE and asked is None:
                continue
            _count(
                decision, part.known.get(PriceKey(list=place, variant=variant.key), NOTHING).shown, counted
            )
            if decision.fate in {Fate.WRITE, Fate.ASKS}:
                lines.append(part.line(variant, place, decision))
            elif decision.fate is Fate.UNCHANGED and decision.listed is not None and asked is not None:
                alike[PriceKey(list=place, variant=variant.key)] = (decision.listed, asked.observed_at)
    async with database.tenant(scene.tenant) as tx:
        await price_lines.add(tx, tenant=scene.tenant, run=run, lines=lines)
        await price_rows.agreed(tx, tenant=scene.tenant, shop=scene.shop, prices=alike)


def _count(decision: Decision, shown: Shown | None, counted: Counter[str]) -> None:
    counted[decision.fate.value] += 1
    counted["prices"] += shown is not None
    before, after = shown.listed if shown else None, decision.listed
    if decision.fate is Fate.WRITE and before is not None and after is not None:
        counted["raised"] += after > before
        counted["lowered"] += after < before
    strange = decision.reason is not None and decision.reason.code in {"price.zero", "price.steep"}
    counted["strange"] += strange
    counted["zeroed"] += after == 0 and (strange or decision.fate is Fate.WRITE)


async def _finish(
    database: Database, scene: PriceScene, run: UUID, counted: Counter[str], *, since: datetime, partial: bool
) -> None:
    async with database.tenant(scene.tenant) as tx:
        rows = await price_readings.count(tx, tenant=scene.tenant, connection=scene.connection, since=since)
        counts = PlanCounts(
            levels=counted["prices"],
            changed=counted["write"],
            raised=counted["raised"],
            lowered=counted["lowered"],
            zeroed=counted["zeroed"],
            unchanged=counted["unchanged"] + counted["outdated"],
            unknown=counted["unknown"],
            rows_read=rows,
            partial=partial,
            on_sale=counted["on_sale"],
            kept=counted["kept"],
            asks=counted["asks"],
            calls_wanted=await price_lines.groups(tx, tenant=scene.tenant, run=run),
        )
        found = concerns(
            Counted(
                levels=counts.levels,
                zeroed=0 if partial else counts.zeroed,
                changed=0 if partial else counts.changed + counted["strange"],
                rows=None if partial else rows,
                rows_before=scene.setup.rows_accepted,
                first=scene.setup.first_push_at is None,
            ),
            scene.settings.limits,
        )
        await stock_runs.planned(
            tx, tenant=scene.tenant, run=run, counts=counts, found=found, checkpoint=since.isoformat()
        )
        await told(tx, tenant=scene.tenant, run=run, word=WORD)
        if not found and not partial:
            await price_readings.forget_old(tx, tenant=scene.tenant, connection=scene.connection)
            await turn_rows.accepted(
                tx, price_settings.TABLE, tenant=scene.tenant, connection=scene.connection, rows=rows
            )
