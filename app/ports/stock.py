"""Stock on both sides: what an ERP can tell, and what a store can show and be told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from app.domain.ids import StoreKey
from app.domain.inventory import (
    ItemSeen,
    LevelKey,
    LevelSeen,
    LevelWrite,
    StockMode,
    StockReading,
    StoreLocation,
)
from app.errors import Reason
from app.ports.reading import Page
from app.ports.writing import Choice, Json


@dataclass(frozen=True, kw_only=True)
class StockPage:
    """A page of what the ERP says, and the cursor of the next one; None: that was the last."""

    readings: tuple[StockReading, ...]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class StockNews:
    """What an event of the store says outright: levels, items (their SKU), items that are `gone`, levels that `ended`,
    locations, and `closed` ones that are there no more.

    `bulk`: operations that are over, a hint to look at them.
    """

    levels: tuple[LevelSeen, ...] = ()
    items: tuple[ItemSeen, ...] = ()
    gone: tuple[StoreKey, ...] = ()
    ended: tuple[LevelKey, ...] = ()
    bulk: tuple[str, ...] = ()
    locations: tuple[StoreLocation, ...] = ()
    closed: tuple[StoreKey, ...] = ()


class StockSource(Protocol):
    """An ERP's stock. Never writes. A row is there because the ERP said it; what it leaves out is unknown."""

    lag: timedelta
    """How long after a step of a document has ended readings may still not show it."""

    async def page(self, cursor: str | None) -> StockPage:
        """One page of everything (None: the first). One request, or few; resumable by the cursor at any time."""
        ...

    async def of(self, items: Sequence[str]) -> tuple[StockReading, ...]:
        """What the ERP says of these items now, in every warehouse it names."""
        ...

    async def warehouses(self) -> Sequence[Choice]:
        """What can be mapped to a location."""
        ...


@dataclass(frozen=True, kw_only=True)
class LevelsWritten:
    """How the store took one call. Nothing of a call counts unless `done`.

    `stale`: levels that no longer showed what the write expected. `refused`: levels with a reason of their own.
    `bad`: someone in it is refused, but the store does not say who. `again`: the same call is still under way, or
    must be made under a new key when `anew`.
    """

    done: bool = False
    stale: frozenset[LevelKey] = frozenset()
    refused: Mapping[LevelKey, Reason] | None = None
    bad: Reason | None = None
    again: bool = False
    anew: bool = False


class StockStore(Protocol):
    """A store's stock: read by pages, written by up to `size` levels in one call."""

    size: int
    points: int
    """What one writing call costs in the store's own currency of limits."""

    @property
    def at_once(self) -> int:
        """How many writing calls it takes under way to use its limits, as fast as it answers now."""
        ...

    async def locations(self) -> tuple[StoreLocation, ...]:
        """Every location, closed ones included."""
        ...

    def items(self, cursor: str | None) -> AsyncIterator[Page[ItemSeen]]:
        """Every stocked item with its levels, from the cursor on."""
        ...

    async def levels(self, keys: Sequence[LevelKey]) -> tuple[LevelSeen, ...]:
        """These levels as they are now; one that does not exist is left out."""
        ...

    def payload(self, writes: Sequence[LevelWrite], *, mode: StockMode, reference: str) -> Mapping[str, Json]:
        """Pure: everything `write` sends, to be frozen with its key before it is sent."""
        ...

    async def write(self, key: str, payload: Mapping[str, Json]) -> LevelsWritten:
        """Writes: sends exactly the frozen payload under its key; the same key again has no second effect.

        `Unclear` when no answer came: the same key and payload may be sent again for `key_life`.
        """
        ...

    key_life: timedelta
    """How long the store is sure to remember a key."""
