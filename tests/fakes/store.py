"""A shop in memory: orders that are placed, changed and lost, lists that lag, and notes that are refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.ids import StoreKey
from app.domain.order import Order
from app.errors import Reason
from app.ports import Change, Mark, Page, Span
from tests.fakes.erp import Gate

_PAGE = 2


@dataclass
class FakeStore:
    """Implements `Source[Order]`. `reads` counts what was read by key."""

    orders: dict[StoreKey, list[Order]] = field(default_factory=lambda: defaultdict(list))
    behind: dict[StoreKey, int] = field(default_factory=dict)
    unlisted: set[StoreKey] = field(default_factory=set)
    trouble: list[Exception] = field(default_factory=list)
    reads: list[StoreKey] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    on_page: Callable[[int], Awaitable[None]] | None = None

    def place(self, order: Order, *, at: datetime | None = None) -> Order:
        placed = at or datetime.now(UTC)
        made = replace(order, created_at=placed, processed_at=placed, updated_at=placed)
        self.orders[made.key] = [made]
        return made

    def change(self, key: str, **changes: Any) -> Order:
        """The order is another from now on."""
        made = replace(self.now(key), **{"updated_at": datetime.now(UTC), **changes})
        self.orders[StoreKey(key)].append(made)
        return made

    def touch(self, key: str) -> Order:
        return self.change(key)

    def cancel(self, key: str) -> Order:
        return self.change(key, cancelled_at=datetime.now(UTC))

    def delete(self, key: str) -> None:
        del self.orders[StoreKey(key)]

    def lags(self, key: str, *, times: int) -> None:
        """So many reads still show the order as it was before its last change."""
        self.behind[StoreKey(key)] = times

    def fails(self, *errors: Exception) -> None:
        self.trouble += errors

    def stands_still(self) -> Gate:
        """The next read stands still until told to go on."""
        self.gates.append(Gate())
        return self.gates[-1]

    def now(self, key: str) -> Order:
        return self.orders[StoreKey(key)][-1]

    async def called(self, name: str) -> list[StoreKey]:
        """Implements `Called`."""
        return [key for key, versions in self.orders.items() if versions and versions[-1].name == name]

    # --- Source ----------------------------------------------------------------------------------------------------

    async def get(self, key: str) -> Order | None:
        self.reads.append(key)
        if self.gates:
            gate = self.gates.pop(0)
            gate.reached.set()
            await gate.opens.wait()
        if self.trouble:
            raise self.trouble.pop(0)
        versions = self.orders.get(key)
        if not versions:
            return None
        if self.behind.get(key):
            self.behind[key] -= 1
            return versions[-2] if len(versions) > 1 else None
        return versions[-1]

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        since = datetime.fromisoformat(cursor) if cursor else datetime.min.replace(tzinfo=UTC)
        found = sorted(self._listed(lambda o: o.updated_at >= since), key=lambda change: change.version)
        async for page in self._pages(found, cursor or since.isoformat()):
            yield page

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        found = self._listed(lambda o: span.since <= o.created_at < span.until)
        async for page in self._pages(sorted(found, key=lambda change: change.version, reverse=True), ""):
            yield page

    async def cursor_at(self, at: datetime) -> str:
        return at.isoformat()

    def _listed(self, holds: Callable[[Order], bool]) -> list[Change]:
        now = [versions[-1] for versions in self.orders.values()]
        return [
            Change(key=order.key, version=order.updated_at)
            for order in now
            if holds(order) and order.key not in self.unlisted
        ]

    async def _pages(self, found: Sequence[Change], cursor: str) -> AsyncIterator[Page[Change]]:
        for number, start in enumerate(range(0, max(1, len(found)), _PAGE)):
            rows = tuple(found[start : start + _PAGE])
            if self.on_page is not None:
                await self.on_page(number)
            cursor = rows[-1].version.isoformat() if rows else cursor
            yield Page(items=rows, cursor=cursor)


@dataclass
class FakeMarks:
    """Implements `Marks`. `calls` is every call, `notes` what the orders say now."""

    size: int = 25
    calls: list[list[Mark]] = field(default_factory=list)
    notes: dict[StoreKey, Mark] = field(default_factory=dict)
    refused: set[StoreKey] = field(default_factory=set)
    trouble: list[Exception] = field(default_factory=list)
    inside: Callable[[Sequence[Mark]], Awaitable[None]] | None = None

    def refuses(self, key: str) -> None:
        self.refused.add(StoreKey(key))

    def fails(self, *errors: Exception) -> None:
        self.trouble += errors

    async def write(self, marks: Sequence[Mark]) -> Mapping[StoreKey, Reason]:
        self.calls.append(list(marks))
        if self.inside is not None:
            await self.inside(marks)
        if self.trouble:
            raise self.trouble.pop(0)
        self.notes |= {mark.key: mark for mark in marks if mark.key not in self.refused}
        return {
            mark.key: Reason(code="mark.refused", sentence="The store refused the note.")
            for mark in marks
            if mark.key in self.refused
        }


def minutes_ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)
