"""Waits until the shop's levels stand still and right, or until nothing moves any more; then takes stock of the whole run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.demo.books import Books
from sandbox.demo.ends import Booked, Placed, Planned
from sandbox.demo.levels import READING_SECONDS, Known, Scene, StockVerdict, judge_stock
from sandbox.demo.store import Store
from sandbox.demo.trade import Trade

_NOT_SALES = frozenset({"order.test", "order.imported", "order.before_go_live"})
"""Skipped orders of these codes never take from stock, or have done so long ago."""
_LOOK_EVERY = 2.0


@dataclass(frozen=True, kw_only=True)
class Stocktaking:
    """`still` is how long all must be right before it counts, `stuck_after` how long nothing may become better.

    `reading_seconds`: how old a reading may be that a write stands on.
    """

    store: Store
    books: Books
    plan: Sequence[Planned]
    trade: Trade
    location: int
    still: float
    stuck_after: float
    reading_seconds: float = READING_SECONDS

    def until_right(self, deadline: float, tell: Callable[..., None]) -> None:
        """Until the deadline, but long enough for what never becomes right to be seen to stand still."""
        deadline = max(deadline, time.monotonic() + 2 * self.stuck_after)
        least, better = -1, time.monotonic()
        right_since: float | None = None
        while (now := time.monotonic()) < deadline:
            found = self.judged()
            tell(
                "progress",
                stage="stock",
                done=found.levels_compared - found.levels_wrong,
                total=found.levels_compared,
            )
            if not found.levels_wrong:
                right_since = right_since or now
                if now - right_since >= self.still:
                    return
            else:
                right_since = None
            if least < 0 or found.levels_wrong < least:
                least, better = found.levels_wrong, now
            elif found.levels_wrong and now - better > self.stuck_after:
                return
            time.sleep(_LOOK_EVERY)

    def judged(self) -> StockVerdict:
        placed, documents = self.store.placed(), self.books.documents()
        # The ERP before the shop: what is written in between is right by the later look, not by the earlier one.
        free = self.books.free()
        return judge_stock(
            Scene(
                location=self.location,
                levels=self.store.levels(),
                book=list(self.store.book()),
                began=self.trade.began,
                free=free,
                moves=self.trade.moves,
                orders=_known(self.plan, placed, documents, self._sent()),
                reading_seconds=self.reading_seconds,
            )
        )

    def _sent(self) -> list[tuple[str, Mapping[str, Decimal]]]:
        """Goods given in exchange that the ERP knows of by a credit, by the store's order."""
        made = self.books.credits()
        credited = set() if isinstance(made, str) else {each.key for each in made if each.real}
        return [(each.order, each.units) for each in self.store.exchanged() if each.refunds & credited]

    def told(self, verdict: StockVerdict) -> Mapping[str, Any]:
        """What stands beside the three numbers."""
        sales = self.store.sales()
        return {
            "levels_compared": verdict.levels_compared,
            "levels_differing": verdict.wrong[:50],
            "oversales": verdict.oversales[:50],
            "oversale_stories": dict(list(verdict.stories.items())[:5]),
            "sales": {name: sales[name] for name in ("tried", "sold", "units", "sold_out")},
            "erp_moves": len(self.trade.moves),
            "corrections": self.trade.corrections,
            "squeezes": self.trade.squeezes,
        }


def _known(
    plan: Sequence[Planned],
    placed: Mapping[str, Placed],
    documents: Sequence[Booked],
    exchanged: Sequence[tuple[str, Mapping[str, Decimal]]],
) -> dict[str, Known]:
    codes = {planned.ref: planned.code for planned in plan}
    booked: dict[str, dict[str, Decimal]] = {}
    for key, taken in [*((each.key, each.units) for each in documents if each.real), *exchanged]:
        units = booked.setdefault(key, {})
        for sku, count in taken.items():
            units[sku] = units.get(sku, Decimal(0)) + count
    return {
        f"gid://shopify/Order/{order.key}": Known(
            counts=codes.get(order.ref) not in _NOT_SALES, booked=booked.get(order.key, {})
        )
        for order in placed.values()
    }
