"""Decides lines of a running push anew by what both sides say right before the write: prices have no compare-and-set."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from app.domain.ids import StoreKey
from app.domain.price import BASE, PriceWrite, Shown
from app.domain.price_rule import Decision, Fate
from app.domain.stock_plan import LineState
from app.errors import Reason, Verdict
from app.mapping.stock import item_of
from app.models import price_effects, price_lines, price_rows, stock_settings
from app.models.database import Database
from app.models.price_lines import PriceLine
from app.models.stock_writers import Pen
from app.sync.prices import planning, reading
from app.sync.prices.scene import PriceScene
from app.sync.prices.sending import GONE, States, Wish
from app.sync.sending import LeaseLost

_OLD = timedelta(minutes=5)
"""What the ERP said longer ago than this is asked for again before it is written."""
_UNKNOWN = Reason(
    code="price.unknown_now",
    sentence="The ERP no longer says what this costs.",
    verdict=Verdict.LOOK_FIRST,
)


@dataclass(frozen=True, kw_only=True)
class PriceDecider:
    """Decides under a pen: whoever has lost it changes no line any more (rule 8)."""

    database: Database
    scene: PriceScene
    pen: Pen
    run: UUID
    currencies: Mapping[StoreKey, str]

    async def wishes(self, lines: Sequence[PriceLine]) -> tuple[list[Wish], float]:
        """What of these, all of one list, is still to be written, and when the store was read, by the monotonic clock.

        The others are moved on: what the store shows already is done, what the ERP has changed since the plan was made
        is the next plan's, what would need a person's word is held.
        """
        began = time.monotonic()
        which, since = lines[0].key.list, min(line.observed_at for line in lines)
        async with self.database.tenant(self.scene.tenant) as tx:
            old = await stock_settings.clock(tx) - since > _OLD
            variants = await price_rows.of_keys(
                tx, tenant=self.scene.tenant, shop=self.scene.shop, keys=[line.key.variant for line in lines]
            )
        if old:
            items = [item_of(each.sku.strip(), self.scene.tables) for each in variants.values()]
            since = await reading.read_again(self.database, self.scene, items)
            began = time.monotonic()
        seen = await reading.read_shown(
            self.database, self.scene, which, [line.key.variant for line in lines]
        )
        shown = {each.key: each.shown for each in seen}
        part = await planning.slice_of(
            self.database, self.scene, [*variants.values()], since=since, currencies=self.currencies
        )
        wishes: list[Wish] = []
        states: States = {}
        asks: list[PriceLine] = []
        for line in lines:
            variant = variants.get(line.key.variant)
            if variant is None or (which == BASE and line.key not in shown):
                states[line.place] = (LineState.HELD, GONE)
                continue
            decision = part.decide(variant, which, shown=shown.get(line.key))
            wish = _wish(line, decision, shown.get(line.key))
            if wish is None:
                states[line.place] = _instead(decision)
                if decision.fate is Fate.ASKS:
                    asks.append(_between(line, decision, shown.get(line.key)))
            else:
                wishes.append(wish)
        await self._moved(states, asks)
        return wishes, began

    async def _moved(self, states: States, asks: Sequence[PriceLine]) -> None:
        if not states:
            return
        async with self.database.tenant(self.scene.tenant) as tx:
            if not await price_effects.held(tx, self.pen, self.scene.sides.timing.stock_lease):
                raise LeaseLost
            await price_lines.replan(tx, tenant=self.scene.tenant, run=self.run, lines=asks)
            await price_lines.mark(tx, tenant=self.scene.tenant, run=self.run, lines=states)


def _wish(line: PriceLine, decision: Decision, shown: Shown | None) -> Wish | None:
    """None: it is not written, or another price is due than the plan said, which the next plan is asked about."""
    if decision.fate is not Fate.WRITE or decision.listed != line.new:
        return None
    sale = decision.was is not None
    price, was = decision.price, decision.was
    if line.key.list != BASE and shown is not None:
        price, was = price if price is not None else shown.price, was if was is not None else shown.was
    return Wish(
        line=replace(line, sale=sale, old=shown.listed if shown else None),
        write=PriceWrite(key=line.key, price=price, was=was),
    )


def _between(line: PriceLine, decision: Decision, shown: Shown | None) -> PriceLine:
    """The line with the two prices that a person is asked about."""
    old = shown.listed if shown else None
    return replace(line, old=old, new=line.new if decision.listed is None else decision.listed)


def _instead(decision: Decision) -> tuple[LineState, Reason | None]:
    """What becomes of a line that is not written after all."""
    match decision.fate:
        case Fate.UNCHANGED:
            return LineState.DONE, None
        case Fate.WRITE | Fate.ON_SALE | Fate.OUTDATED | Fate.KEPT:
            return LineState.DEFERRED, None
        case Fate.ASKS:
            return LineState.HELD, decision.reason
        case Fate.UNKNOWN:
            return LineState.HELD, _UNKNOWN


async def packets(
    database: Database,
    scene: PriceScene,
    run: UUID,
    *,
    most: int,
    groups: int,
    skip: frozenset[tuple[str, str]],
) -> AsyncGenerator[Sequence[PriceLine], None]:
    """Planned lines, each packet of one list, of at most so many lines and products, products whole where they fit.

    `skip`: lists and products that a call is out for, whose end nobody knows.
    """
    after = price_lines.START
    while True:
        async with database.tenant(scene.tenant) as tx:
            found = await price_lines.next_lines(tx, tenant=scene.tenant, run=run, after=after, most=most + 1)
        if not found:
            return
        packet = _cut(found, most=most, groups=groups)
        after = packet[-1].place
        open_ones = [line for line in packet if (line.key.list, line.product) not in skip]
        if open_ones:
            yield open_ones


def _cut(found: Sequence[PriceLine], *, most: int, groups: int) -> Sequence[PriceLine]:
    first = found[0].key.list
    places: dict[StoreKey, int] = {}
    for index, line in enumerate(found):
        if line.key.list != first or (line.product not in places and len(places) == groups):
            return found[:index]
        places.setdefault(line.product, index)
    if len(found) <= most:
        return found
    start = places[found[-1].product]
    return found[:start] if start else found[:most]


def by_product(wishes: Sequence[Wish]) -> list[Sequence[Wish]]:
    """As many as are to share a call, in order; of another list than the base everything does."""
    groups: dict[StoreKey, list[Wish]] = {}
    for wish in wishes:
        groups.setdefault(wish.line.product, []).append(wish)
    return list(groups.values())
