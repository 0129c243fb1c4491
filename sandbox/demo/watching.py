"""Flows besides orders and stock in a demo: what happens on their owner's side, and how long it is waited for."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.demo.api import Api
from sandbox.demo.books import Books
from sandbox.demo.people import Society
from sandbox.demo.prices import PriceTrade, judge_prices
from sandbox.demo.products import ProductTrade, judge_products
from sandbox.demo.refund_ends import FlowCount, judge_refunds
from sandbox.demo.store import Store

Tell = Callable[..., None]
_LOOK_EVERY = 2.0
# Many times any wait of the short profile: nothing will move any more.
_STUCK_SECONDS = 240.0
_REFUND_WAVES = (3, 4)


class Watch(Protocol):
    """One flow. It is told nothing by the product but what waits for a person."""

    @property
    def flow(self) -> str: ...

    def begin(self) -> None:
        """Before the first order is placed."""
        ...

    def acts(self) -> Sequence[Callable[[], object]]:
        """What happens on the owner's side once the orders have ended, one act after the other has come to its end."""
        ...

    def count(self) -> FlowCount | str:
        """How it stands now; a sentence where the ERP lacks the power."""
        ...


@dataclass(frozen=True, kw_only=True)
class RefundWatch:
    """Refunds, returns, cancellations and exchanges of the plan's orders."""

    store: Store
    books: Books
    api: Api
    per_second: float
    flow: str = "refunds"

    def begin(self) -> None:
        return None

    def acts(self) -> Sequence[Callable[[], object]]:
        return [lambda wave=wave: self.store.later_acts(wave, self.per_second) for wave in _REFUND_WAVES]

    def count(self) -> FlowCount | str:
        refunds = [refund for refund in self.store.refunds() if not refund.pending]
        made = self.books.credits()
        if isinstance(made, str):
            return made
        documents = self.books.documents()
        void = {each.key for each in documents if each.cancelled} - {
            each.key for each in documents if each.real
        }
        return judge_refunds(refunds, made, cancelled=void, held=self.api.held_refunds())


@dataclass(frozen=True, kw_only=True)
class PriceWatch:
    """Prices that the ERP's people change, sales and edits by the shop's, and slips of a finger."""

    trade: PriceTrade
    chance: random.Random
    flow: str = "prices"

    def begin(self) -> None:
        self.trade.begin()

    def acts(self) -> Sequence[Callable[[], object]]:
        moves = [lambda: self.trade.move(self.chance)] * 2
        # The first act lets what was off at the beginning be put right: a person's edit needs a price of ours to differ from.
        return [lambda: None, *moves, self.trade.edit, lambda: self.trade.strange(self.chance)]

    def count(self) -> FlowCount | str:
        found = judge_prices(self.trade.scene())
        return _with_strangers(found.counts(), found.details)


@dataclass(frozen=True, kw_only=True)
class ProductWatch:
    """Products that the ERP begins to sell, changes and ends, and a few that people rename in the shop."""

    trade: ProductTrade
    flow: str = "products"

    def begin(self) -> None:
        self.trade.begin()

    def acts(self) -> Sequence[Callable[[], object]]:
        return [lambda: None, self.trade.move]

    def count(self) -> FlowCount | str:
        found = judge_products(self.trade.scene())
        return _with_strangers(found.counts(), found.details)


@dataclass(frozen=True, kw_only=True)
class PeopleWatch:
    """Customers who are entered and changed on both sides."""

    society: Society
    flow: str = "customers"

    def begin(self) -> None:
        self.society.enter()

    def acts(self) -> Sequence[Callable[[], object]]:
        return [lambda: None, self.society.change]

    def count(self) -> FlowCount | str:
        return FlowCount(**self.society.judged())


@dataclass(frozen=True, kw_only=True)
class Unwatched:
    """A flow that this demo can't judge with this ERP, and why."""

    flow: str
    reason: str

    def begin(self) -> None:
        return None

    def acts(self) -> Sequence[Callable[[], object]]:
        return ()

    def count(self) -> FlowCount | str:
        return self.reason


def _with_strangers(counts: Mapping[str, Any], details: list[dict[str, Any]]) -> FlowCount:
    strangers = [each for each in details if each["kind"] == "held_unexpected"]
    return FlowCount(**{**counts, "held_unexpected": strangers}, against=details)


def watched(watches: Sequence[Watch], deadline: float, tell: Tell) -> None:
    """Lets everything happen, each act after the one before has ended."""
    for watch in watches:
        for act in watch.acts():
            act()
            _until_ended(watch, deadline, tell)


def _until_ended(watch: Watch, deadline: float, tell: Tell) -> None:
    most, moved = -1, time.monotonic()
    while time.monotonic() < deadline:
        found = watch.count()
        if isinstance(found, str):
            return
        tell("progress", stage=watch.flow, done=found.settled, total=found.placed)
        if found.clean:
            return
        if found.settled > most:
            most, moved = found.settled, time.monotonic()
        elif time.monotonic() - moved > _STUCK_SECONDS:
            tell("stuck", orders=[str(each) for each in [*found.held_unexpected, *found.against][:20]])
            return
        time.sleep(_LOOK_EVERY)
