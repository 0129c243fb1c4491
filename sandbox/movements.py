"""One action that moves stock: every change goes into the book, and each level it touched is told of once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from sandbox import stock_bodies
from sandbox.levels import Change, Level
from sandbox.shop import Shop
from sandbox.world import World


@dataclass(kw_only=True)
class Movement:
    world: World
    shop: Shop
    by: str
    reference: str | None = None
    key: str | None = None
    _first: int = field(init=False)
    _moved: dict[tuple[int, int], Level] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._first = len(self.shop.stock.book)

    def change(self, level: Level, **wanted: int) -> None:
        """Set quantities by name."""
        if self.shop.stock.change(level, wanted, by=self.by, reference=self.reference, key=self.key):
            self._moved[level.item, level.location] = level

    def add(self, level: Level, **deltas: int) -> None:
        self.change(level, **{name: level.quantity(name) + delta for name, delta in deltas.items()})

    def level(self, item: int, location: int) -> Level:
        """The level, made and told of when the item was never stocked there."""
        found = self.shop.stock.get(item, location)
        if found is None:
            found = self.shop.stock.connect(item, location)
            self.world.emit(self.shop, "inventory_levels/connect", stock_bodies.level_body(found))
        return found

    @property
    def changes(self) -> list[Change]:
        return self.shop.stock.book[self._first :]

    def tell(self) -> None:
        """Webhooks follow whoever made the change: an app's own write echoes like a merchant's."""
        event = str(uuid.uuid4())
        for level in self._moved.values():
            self.world.emit(self.shop, "inventory_levels/update", stock_bodies.level_body(level), event)
