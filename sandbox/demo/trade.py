"""What goes on beside the orders of the plan: buyers at the counter, goods that come and go in the ERP, and mishaps."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.demo.books import Books
from sandbox.demo.levels import Move
from sandbox.demo.store import Store

_STOCKED = "SKU-"
_DIFFERING = 0.4
_MOST_UNITS = 2
_CORRECTIONS = 3
_MISHAPS = ("lost", "late", "throttled", "before", "failed", "squeeze")
_WRITE = "StockSet"
"""The operation of ours that a mishap is ordered for."""


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """`hot` are few and scarce, and what the buyers want; `erp` and `shop` are the quantities that both start with."""

    hot: Sequence[str]
    erp: Mapping[str, int]
    shop: Mapping[str, int]


def beginning(items: Sequence[Mapping[str, Any]], *, seed: int, hot: int) -> Beginning:
    """Most levels of the shop are right at first, the others are a little off either way."""
    chance = random.Random(seed)
    skus = [str(item["sku"]) for item in items if str(item["sku"]).startswith(_STOCKED)]
    wanted = sorted(chance.sample(skus, min(hot, len(skus) // 2)))
    scarce = set(wanted)
    erp = {sku: chance.randint(3, 12) if sku in scarce else chance.randint(30, 90) for sku in skus}
    return Beginning(hot=wanted, erp=erp, shop={sku: _near(chance, units) for sku, units in erp.items()})


def _near(chance: random.Random, units: int) -> int:
    off = chance.choice((-4, -2, -1, 1, 3, 5)) if chance.random() < _DIFFERING else 0
    return max(0, units + off)


@dataclass(kw_only=True)
class Trade:
    """Runs beside the waves from `start` to `stop`. `moves` is the ERP's history, by the judge's own clock.

    `corrections_by` are what a person adds to a level; empty where nobody does. One that takes away stands until no late
    order can explain it any more, so beside a slow ERP there are none. After `sales_most` tries nobody buys any more: else a
    machine that is slow gets the more to do the slower it is, and is never done.
    """

    store: Store
    books: Books
    beginning: Beginning
    location: str
    seed: int
    sales_per_second: float
    sales_most: int
    move_every: float
    mishaps: bool
    corrections_by: Sequence[int]
    began: Mapping[str, Decimal] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    corrections: int = 0
    squeezes: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _failed: list[BaseException] = field(default_factory=list)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Notes what the ERP has, and opens."""
        self.began = self.books.free()
        self.store.sell(
            skus=list(self.beginning.hot),
            locations=[self.location],
            count=self.sales_most,
            per_second=self.sales_per_second,
            most=_MOST_UNITS,
            seed=self.seed,
        )
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """No sale and no move after this. Raises what went wrong meanwhile."""
        self._over.set()
        self.store.stop_selling()
        if self._thread is not None:
            self._thread.join()
        for failure in self._failed:
            raise failure

    def _run(self) -> None:
        chance, turn = random.Random(self.seed + 1), 0
        try:
            while not self._over.wait(self.move_every):
                turn += 1
                self._move(chance)
                if turn <= _CORRECTIONS:
                    self._correct(chance)
                if self.mishaps and turn % 2:
                    self._mishap(chance, _MISHAPS[turn // 2 % len(_MISHAPS)])
        except BaseException as failure:  # noqa: BLE001  told by `stop`, to whoever runs the demo
            self._failed.append(failure)

    def _move(self, chance: random.Random) -> None:
        """Deliveries of what is scarce, now and then a loss; and a little of everything."""
        units = {sku: chance.randint(2, 6) for sku in self._some_hot(chance, 2)}
        if chance.random() < 0.3:
            units |= dict.fromkeys(self._some_hot(chance, 1), -1)
        others = sorted(self.beginning.erp.keys() - set(self.beginning.hot))
        for sku in chance.sample(others, min(10, len(others))):
            units[sku] = chance.choice((-3, -2, -1, 1, 2, 4))
        began = time.time()
        self.books.move(units)
        ended = time.time()
        self.moves += [Move(sku=sku, units=n, began=began, ended=ended) for sku, n in units.items()]

    def _correct(self, chance: random.Random) -> None:
        """A person counts in the shop, though the ERP owns the stock: it is put right again after a while."""
        others = sorted(self.beginning.erp.keys() - set(self.beginning.hot))
        if others and self.corrections_by:
            self.corrections += 1
            self.store.count(
                [
                    {
                        "sku": chance.choice(others),
                        "location": self.location,
                        "add": chance.choice(self.corrections_by),
                    }
                ]
            )

    def _mishap(self, chance: random.Random, kind: str) -> None:
        if kind == "squeeze":
            self.squeezes += 1
            self.store.squeeze(self._some_hot(chance, 3), self.location)
        else:
            self.store.order_fault(kind, document=_WRITE, seconds=1.0)

    def _some_hot(self, chance: random.Random, count: int) -> list[str]:
        return chance.sample(list(self.beginning.hot), min(count, len(self.beginning.hot)))
