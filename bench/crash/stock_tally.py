"""Counts what became of the levels, from the shop's book, its orders and the ERP; our own tables are not asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.demo.ends import key_of, units_of
from sandbox.demo.levels import Change, Known, Scene, judge_stock

Json = Mapping[str, Any]
_VOID = frozenset({"draft", "cancelled"})


@dataclass(kw_only=True)
class StockTally:
    """`lost`: levels that should have been written and never were; `wrong`: written, and not what the rule says.

    `doubled`: effects applied twice, and older targets written over newer levels.
    """

    levels: int = 0
    changed: int = 0
    writes: int = 0
    sold: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    found: list[str] = field(default_factory=list)

    def add(self, other: StockTally) -> None:
        for name in ("levels", "changed", "writes", "sold", "lost", "doubled", "wrong"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.found += other.found


def stock_tally(scene: Scene) -> StockTally:
    verdict = judge_stock(scene)
    ours = [change for change in scene.book if change.by == "app" and change.name == "available"]
    total = StockTally(
        levels=verdict.levels_compared,
        changed=verdict.levels_changed,
        writes=len(ours),
        sold=len({c.reference for c in scene.book if c.by == "order" and c.name == "available"}),
    )
    _never_written(total, scene, verdict.wrong, ours)
    _applied_twice(total, ours)
    for change in verdict.too_high:
        total.doubled += 1
        total.found.append(
            f"doubled: {_of(change)} gives units back that were sold, or that the ERP has no more"
        )
    return total


def _never_written(total: StockTally, scene: Scene, wrong: Iterable[Json], ours: Sequence[Change]) -> None:
    items = {level.sku: level.item for level in scene.levels}
    moved: dict[str, float] = defaultdict(float)
    for move in scene.moves:
        moved[move.sku] = max(moved[move.sku], move.ended)
    written = {change.item: change.at for change in ours}
    for each in wrong:
        lost = written.get(items[each["sku"]], 0.0) < moved[each["sku"]]
        name = "lost" if lost else "wrong"
        setattr(total, name, getattr(total, name) + 1)
        total.found.append(f"{name}: {dict(each)}")


def _applied_twice(total: StockTally, ours: Sequence[Change]) -> None:
    """A run writes each of its levels once; what it refers to is in the book."""
    effects: dict[tuple[str | None, int, int], list[Change]] = defaultdict(list)
    for change in ours:
        effects[change.reference, change.item, change.location].append(change)
    for twice in (applied for applied in effects.values() if len(applied) > 1):
        total.doubled += len(twice) - 1
        story = ", ".join(f"{c.before} -> {c.after} at {c.at:.2f} under {c.key}" for c in twice)
        total.found.append(
            f"doubled: item {twice[0].item} was written {len(twice)} times by {twice[0].reference}: {story}"
        )


def _of(change: Change) -> str:
    return f"{change.before} -> {change.after} of item {change.item} by {change.reference}"


def known_orders(orders: Iterable[Json], documents: Iterable[Json], shop: str) -> dict[str, Known]:
    """What the ERP's documents hold of each order of the shop."""
    booked: dict[str, dict[str, Decimal]] = {}
    for document in documents:
        key = key_of("order", document["external_id"], shop)
        if key is not None and document["status"] not in _VOID:
            lines = units_of((line["item"], line["quantity"]) for line in document["lines"])
            booked.setdefault(key, {}).update(lines)
    return {order["id"]: Known(booked=booked.get(str(order["legacy_id"]), {})) for order in orders}
