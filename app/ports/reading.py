"""What can be read: sources, their pages and changes, and the hints that events give."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar, runtime_checkable

from app.domain.ids import StoreKey

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Flow(StrEnum):
    """The seven flows; a connection switches each on or off."""

    ORDERS = "orders"
    REFUNDS = "refunds"
    CUSTOMERS = "customers"
    PRODUCTS = "products"
    PRICES = "prices"
    INVENTORY = "inventory"
    FULFILLMENTS = "fulfillments"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that changed at `version`; read it with `get` to know more."""

    key: str
    version: datetime


@dataclass(frozen=True, kw_only=True)
class Page(Generic[R]):
    """A page and the cursor to store once the page is durable (never before)."""

    items: tuple[R, ...]
    cursor: str


@dataclass(frozen=True, kw_only=True)
class Span:
    """A half-open range of time, aware UTC."""

    since: datetime
    until: datetime


class Reader(Protocol[R_co]):
    """Something whose things can be read one by one. Never writes."""

    async def get(self, key: str) -> R_co | None:
        """The thing as it is now, or None when it is not there. `Retry` when its details are not ready yet."""
        ...


@runtime_checkable
class Many(Protocol[R_co]):
    """A reader that can read several things with one request, and does where several are wanted at once."""

    async def many(self, keys: Sequence[str]) -> Mapping[str, R_co]:
        """Those of them that are there, each as `get` gives it; at most 50 are asked for."""
        ...


class Source(Reader[R_co], Protocol[R_co]):
    """Something that can be listed as well. Never writes."""

    def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        """What changed since the cursor, padded so that a lagging list loses nothing; repeats are fine.

        A slice may end after any page. Its cursor goes on behind it, also for another process: a list that began anew each
        time would never end (`domain.listing.Reading`, for lists by id).
        """
        ...

    async def cursor_at(self, at: datetime) -> str:
        """The cursor that gives everything that changed at `at` or later. Its form is the source's own affair."""
        ...

    def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        """What was created in the span, newest first (back-fill, first contact).

        A page's cursor is the oldest creation seen, as an instant in ISO form, where the list says so: what a later span may
        end at.
        """
        ...


@runtime_checkable
class Called(Protocol):
    """What a source of orders has besides, where people's names for them can be searched for."""

    async def called(self, name: str) -> Sequence[StoreKey]:
        """The keys of the orders with exactly this name, such as `#1001`. Never writes."""
        ...


@dataclass(frozen=True, kw_only=True)
class Hint:
    """What an event of the store says: this thing of this flow may have changed. `version` None: it does not say when.

    `fingerprint` is equal for two events that differ only by what our own write-back causes; `unsent` also for those that
    differ by what was sent of an order, for whoever sends it himself. `parent`: the order it hangs on, where the event names one.
    """

    flow: Flow
    key: str
    version: datetime | None = None
    fingerprint: bytes | None = None
    gone: bool = False
    parent: str | None = None
    unsent: bytes | None = None
