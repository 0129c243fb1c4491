"""The stock of one simulated shop: a level for each item and location, and the book of every change of every level."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sandbox.clock import iso, now

# What is at hand is the sum of these; what is on its way is not at hand.
AT_HAND = ("available", "committed", "reserved", "damaged", "safety_stock", "quality_control")
HELD = (*AT_HAND, "incoming")
NAMES = (*HELD, "on_hand")
Place = tuple[int, int]


class Change(NamedTuple):
    """One quantity of one level before and after. `by` is app, order or merchant."""

    at: float
    item: int
    location: int
    name: str
    before: int
    after: int
    by: str
    reference: str | None
    key: str | None


@dataclass(slots=True, kw_only=True)
class Level:
    item: int
    location: int
    created_at: str
    updated_at: str
    active: bool = True
    available: int = 0
    committed: int = 0
    reserved: int = 0
    damaged: int = 0
    safety_stock: int = 0
    quality_control: int = 0
    incoming: int = 0

    @property
    def on_hand(self) -> int:
        return (
            self.available
            + self.committed
            + self.reserved
            + self.damaged
            + self.safety_stock
            + self.quality_control
        )

    def quantity(self, name: str) -> int:
        amount: int = getattr(self, name)
        return amount


@dataclass(kw_only=True)
class Stock:
    """Levels by (item number, location number); all changes go through `change`, so that the book is complete."""

    levels: dict[Place, Level] = field(default_factory=dict)
    book: list[Change] = field(default_factory=list)
    # Item or level -> why it always refuses to be written; level -> what is sold just before it is next written.
    poisoned: dict[Place | int, dict[str, Any]] = field(default_factory=dict)
    squeezed: dict[Place, dict[str, Any]] = field(default_factory=dict)
    # Levels that are not stocked at the moment; they keep their quantities.
    idle: set[Place] = field(default_factory=set)
    _of_item: dict[int, dict[int, Level]] = field(default_factory=dict)
    _of_location: dict[int, dict[int, Level]] = field(default_factory=dict)
    _sorted: dict[int, list[int]] = field(default_factory=dict)

    def get(self, item: int, location: int) -> Level | None:
        return self.levels.get((item, location))

    def at_item(self, item: int) -> list[Level]:
        found = self._of_item.get(item, {})
        return [found[number] for number in sorted(found)]

    def items_at(self, location: int) -> list[int]:
        """Numbers of the items stocked at a location, ascending."""
        kept = self._sorted.get(location)
        if kept is None:
            kept = self._sorted[location] = sorted(self._of_location.get(location, {}))
        return kept

    def connect(self, item: int, location: int, available: int = 0) -> Level:
        """A level that is not there yet; what is available at first is no change."""
        at = iso(now())
        level = Level(item=item, location=location, created_at=at, updated_at=at, available=available)
        self.levels[item, location] = level
        self._of_item.setdefault(item, {})[location] = level
        self._of_location.setdefault(location, {})[item] = level
        self._sorted.pop(location, None)
        return level

    def forget_item(self, item: int) -> None:
        for location in self._of_item.pop(item, {}):
            del self.levels[item, location]
            del self._of_location[location][item]
            self.idle.discard((item, location))
            self._sorted.pop(location, None)

    def forget_location(self, location: int) -> None:
        for item in self._of_location.pop(location, {}):
            del self.levels[item, location]
            del self._of_item[item][location]
            self.idle.discard((item, location))
        self._sorted.pop(location, None)

    def stocked(self, level: Level, active: bool) -> None:
        level.active, level.updated_at = active, iso(now())
        (self.idle.discard if active else self.idle.add)((level.item, level.location))

    def change(
        self,
        level: Level,
        wanted: Mapping[str, int],
        *,
        by: str,
        reference: str | None = None,
        key: str | None = None,
    ) -> bool:
        """Set quantities by name, all at one moment, and write down what changed. Says whether anything did."""
        at, before = time.time(), {name: level.quantity(name) for name in {*wanted, "available", "on_hand"}}
        for name, to in wanted.items():
            if name == "on_hand":
                level.available = to - (level.on_hand - level.available)
            else:
                setattr(level, name, to)
        # What an app sets is written down even where nothing moved: the judge counts effects, not only moves.
        always = set(wanted) if by == "app" else set()
        moved = False
        for name, was in sorted(before.items()):
            becomes = level.quantity(name)
            moved = moved or was != becomes
            if was != becomes or name in always:
                row = Change(at, level.item, level.location, name, was, becomes, by, reference, key)
                self.book.append(row)
        if moved:
            level.updated_at = iso(now())
        return moved

    def available_of(self, items: Iterable[int]) -> int:
        return sum(
            level.available
            for item in items
            for level in self._of_item.get(item, {}).values()
            if level.active
        )

    def rows(self, after: int, limit: int) -> Iterator[dict[str, Any]]:
        """The book from a place on; `seq` is the place of a row, for ever."""
        for offset, row in enumerate(self.book[after : after + limit]):
            yield {"seq": after + offset + 1} | row._asdict()
