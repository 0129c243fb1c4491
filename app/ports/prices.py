"""Prices on both sides: what an ERP asks for its items, and what a store shows and can be told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.domain.ids import StoreKey
from app.domain.price import PriceKey, PriceReading, PriceSeen, PriceWrite, Shown
from app.errors import Reason
from app.ports.bulk import BulkFiles
from app.ports.reading import Page
from app.ports.writing import Choice, Json


@dataclass(frozen=True, kw_only=True)
class PricePage:
    """A page of what the ERP asks, and the cursor of the next one; None: that was the last."""

    readings: tuple[PriceReading, ...]
    next: str | None


class PriceSource(Protocol):
    """An ERP's prices. Never writes. A row is there because the ERP said it; what it leaves out is unknown."""

    async def page(self, cursor: str | None) -> PricePage:
        """One page of everything (None: the first), tiers included. Resumable by the cursor at any time."""
        ...

    async def of(self, items: Sequence[str]) -> tuple[PriceReading, ...]:
        """What the ERP asks for these items now, in every tier."""
        ...

    async def tiers(self) -> Sequence[Choice]:
        """The groups of customers with prices of their own; empty: there are none."""
        ...


@dataclass(frozen=True, kw_only=True)
class PriceNews:
    """What an event of the store says outright: variants with their base prices."""

    seen: tuple[PriceSeen, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PricesWritten:
    """How the store took one call. What is neither refused nor in `shown` is in doubt and is read.

    `shown`: what each variant shows now, by the store's own answer. `refused`: prices with a reason of their own.
    `bad`: the whole call was refused.
    """

    shown: Mapping[PriceKey, Shown] = field(default_factory=dict)
    refused: Mapping[PriceKey, Reason] = field(default_factory=dict)
    bad: Reason | None = None


@dataclass(frozen=True, kw_only=True)
class PriceList:
    """A list of prices for some market or group of customers, in a currency of its own."""

    key: StoreKey
    name: str
    currency: str


class PriceStore(Protocol):
    """A store's prices. No write is protected by what it expects there: it is read just before."""

    size: int
    """How many prices one call may write."""
    read_size: int
    """How many prices one reading call may ask for."""
    points: int
    """What one writing call costs in the store's own currency of limits."""

    @property
    def at_once(self) -> int:
        """How many writing calls it takes under way to use its limits, as fast as it answers now."""
        ...

    async def lists(self) -> tuple[PriceList, ...]:
        """The store's own prices (`BASE`) first, then every other list."""
        ...

    def variants(self, cursor: str | None) -> AsyncIterator[Page[PriceSeen]]:
        """Every variant with its SKU and base price, from the cursor on."""
        ...

    async def seen(self, list: StoreKey, variants: Sequence[StoreKey]) -> tuple[PriceSeen, ...]:
        """These prices as they are now, at most `read_size`; a variant that does not exist is left out."""
        ...

    def payload(
        self, product: StoreKey, writes: Sequence[PriceWrite], *, currency: str
    ) -> Mapping[str, Json]:
        """Pure: everything `write` sends, to be frozen before it is sent; the writes are of one list and product.

        Of another list than `BASE` they may be of any product.
        """
        ...

    async def write(self, payload: Mapping[str, Json], *, by: float) -> PricesWritten:
        """Writes: sends exactly the frozen payload. `Unclear` when no answer came: only a look tells what happened.

        `by`, on the monotonic clock: `Retry` when it could not leave before, as what it stands on is too old then.
        """
        ...


class PriceFiles(BulkFiles, Protocol):
    """Prices by files: a store that works through one that we hand over, a call to a line."""

    def line(self, payload: Mapping[str, Json]) -> bytes:
        """Pure: one writing call of the base list as a line of the file to upload."""
        ...

    def written(self, line: bytes, payload: Mapping[str, Json]) -> PricesWritten | None:
        """Pure: how that call was taken. None: it has no definite answer and is looked at."""
        ...
