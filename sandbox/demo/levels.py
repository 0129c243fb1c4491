"""How the stock ended and what was sold on the way, judged from the shop's book, its orders and the ERP alone; pure.

The rule is written down here once more, on purpose: what may be sold is what the ERP calls free, less the units of
orders that it does not know. Nothing of the product's own reckoning is asked.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

READING_SECONDS = 60.0
"""A write stands on a reading of the ERP, which may be as old as this; what the ERP lost since no reading can know.

What the shop itself sold before a write is never excused: that is what compare-and-set and open units are for.
"""

Place = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Level:
    sku: str
    item: int
    location: int
    available: int


@dataclass(frozen=True, kw_only=True)
class Change:
    """A row of the shop's book about a quantity called available or committed. `by`: app, order or merchant.

    `reference` is the order, or what the app says it writes for; `key` the app's call.
    """

    at: float
    item: int
    location: int
    name: str
    before: int
    after: int
    by: str
    reference: str | None = None
    key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Move:
    """So many units came (or went, below zero) in the ERP, at some moment between the two."""

    sku: str
    units: int
    began: float
    ended: float


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the ERP knows of an order: `booked` units by SKU in its documents. `counts`: it takes from stock at all."""

    counts: bool = True
    booked: Mapping[str, Decimal] = field(default_factory=dict)


NOBODY = Known()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Everything the judge is told. `free` is what the ERP says in the end, `began` what it had before anything moved.

    `location` is the one that the ERP feeds; `orders` by the id that the book refers to; `reading_seconds` how old a
    reading may be that a write stands on.
    """

    location: int
    levels: Sequence[Level]
    book: Sequence[Change]
    began: Mapping[str, Decimal]
    free: Mapping[str, Decimal]
    moves: Sequence[Move]
    orders: Mapping[str, Known]
    reading_seconds: float = READING_SECONDS


@dataclass(kw_only=True)
class StockVerdict:
    levels_compared: int = 0
    levels_changed: int = 0
    levels_wrong: int = 0
    oversold: int = 0
    wrong: list[dict[str, Any]] = field(default_factory=list)
    oversales: list[dict[str, Any]] = field(default_factory=list)
    # Writes that raised a level beyond the rule, whether anybody bought what was given too much or not.
    too_high: list[Change] = field(default_factory=list)
    # What happened to each SKU that was oversold, in the book's own order, with what the rule allowed at each moment.
    stories: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Something was written, and all of it was right at all times."""
        return bool(self.levels_changed) and not self.levels_wrong and not self.oversold


def judge_stock(scene: Scene) -> StockVerdict:
    found = StockVerdict(levels_changed=len({(c.item, c.location) for c in scene.book if _ours(c)}))
    open_units = _open_units(scene)
    written = {(c.item, c.location) for c in scene.book if c.by == "app"}
    for level in scene.levels:
        _compare(found, scene, level, open_units, written)
    for change in _by_item(scene):
        _oversold(found, scene, change)
    return found


def _ours(change: Change) -> bool:
    return change.by == "app" and change.name == "available" and change.before != change.after


# --- in the end ------------------------------------------------------------------------------------------------------


def _open_units(scene: Scene) -> Mapping[str, Decimal]:
    """Units by SKU that are promised to buyers and that no document in the ERP holds."""
    skus = {level.item: level.sku for level in scene.levels}
    promised: dict[tuple[str, str], int] = defaultdict(int)
    for change in scene.book:
        if change.name == "committed" and change.by == "order" and change.item in skus:
            promised[change.reference or "", skus[change.item]] += change.after - change.before
    units: dict[str, Decimal] = defaultdict(Decimal)
    for (order, sku), count in promised.items():
        known = scene.orders.get(order, NOBODY)
        if known.counts:
            units[sku] += max(Decimal(0), count - known.booked.get(sku, Decimal(0)))
    return units


def _compare(
    found: StockVerdict, scene: Scene, level: Level, units: Mapping[str, Decimal], written: set[Place]
) -> None:
    free = scene.free.get(level.sku)
    if free is None and (level.item, level.location) in written:
        # The ERP ended it meanwhile: nothing moved it, and what was written while it was sold stands.
        free = scene.began.get(level.sku)
    if level.location != scene.location or free is None:
        if (level.item, level.location) in written:
            found.levels_wrong += 1
            found.wrong.append(
                {"sku": level.sku, "location": level.location, "why": "nothing was to be written here"}
            )
        return
    found.levels_compared += 1
    expected = max(0, math.floor(free - units.get(level.sku, Decimal(0))))
    if level.available != expected:
        found.levels_wrong += 1
        found.wrong.append(
            {
                "sku": level.sku,
                "shop": level.available,
                "rule": expected,
                "erp_free": str(free),
                "open_units": str(units.get(level.sku, 0)),
            }
        )


# --- on the way ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Story:
    """What happened to one item, in the book's own order, and what the ERP got and lost, by time."""

    sku: str
    changes: Sequence[Change]
    began: Decimal
    came: Sequence[tuple[float, int]]
    went: Sequence[tuple[float, int]]

    def had(self, at: float, *, lag: float = 0.0) -> Decimal:
        """The most that a look at the ERP within the last `lag` seconds can have shown, sales aside."""
        return self.began + _until(self.came, at) - _until(self.went, at - lag)


def _by_item(scene: Scene) -> Iterable[_Story]:
    skus = {
        level.item: level.sku
        for level in scene.levels
        if level.location == scene.location and level.sku in scene.began
    }
    changes: dict[int, list[Change]] = defaultdict(list)
    for change in scene.book:
        if change.name == "available" and change.item in skus:
            changes[change.item].append(change)
    moves: dict[str, list[Move]] = defaultdict(list)
    for move in scene.moves:
        moves[move.sku].append(move)
    for item, rows in changes.items():
        sku = skus[item]
        yield _Story(
            sku=sku,
            changes=rows,
            began=scene.began[sku],
            came=_running((m.began, m.units) for m in moves[sku] if m.units > 0),
            went=_running((m.ended, -m.units) for m in moves[sku] if m.units < 0),
        )


def _running(moves: Iterable[tuple[float, int]]) -> Sequence[tuple[float, int]]:
    total, found = 0, []
    for at, units in sorted(moves):
        total += units
        found.append((at, total))
    return found


def _until(moves: Sequence[tuple[float, int]], at: float) -> int:
    place = bisect_right(moves, (at, math.inf))
    return moves[place - 1][1] if place else 0


def _oversold(found: StockVerdict, scene: Scene, story: _Story) -> None:
    """`given` is what our writes put on the level that the rule did not allow and nobody has bought yet."""
    sold = given = 0
    before, told = found.oversold, []
    for change in story.changes:
        here = change.location == scene.location
        told.append(_told(story, change, sold, given))
        if change.by == "app" and here:
            allowed = max(0, math.floor(story.had(change.at, lag=scene.reading_seconds) - sold))
            added, beyond = max(0, change.after - change.before), max(0, change.after - allowed)
            given = min(beyond, given + added)
            if added and beyond:
                found.too_high.append(change)
        elif change.by == "order":
            known = scene.orders.get(change.reference or "", NOBODY)
            units = change.before - change.after
            if not known.counts or (units < 0 and known.booked):
                continue  # no sale at all, or goods that the ERP still holds for an order that is given up
            if units > 0 and here:
                blamed = _blamed(story, change, units, sold, given)
                given -= blamed
                _note(found, story, change, blamed)
            sold += units
    if found.oversold > before:
        found.stories[story.sku] = told


def _told(story: _Story, change: Change, sold: int, given: int) -> dict[str, Any]:
    return {
        "at": change.at,
        "by": change.by,
        "reference": change.reference,
        "key": change.key,
        "location": change.location,
        "level": [change.before, change.after],
        "erp": str(story.had(change.at)),
        "sold": sold,
        "given": given,
    }


def _blamed(story: _Story, change: Change, units: int, sold: int, given: int) -> int:
    """Units of a sale that the rule did not allow, that the level covered, and that a write of ours had put there."""
    allowed = max(0, math.floor(story.had(change.at) - sold))
    beyond = max(0, units - allowed)
    covered = min(units, max(0, change.before))
    return min(beyond, covered, given)


def _note(found: StockVerdict, story: _Story, change: Change, blamed: int) -> None:
    if blamed:
        found.oversold += blamed
        found.oversales.append(
            {
                "sku": story.sku,
                "order": change.reference,
                "units": blamed,
                "at": change.at,
                "level": change.before,
            }
        )
