"""Stock by files: a store that hands over everything it has as one, and works through one that we hand over."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.domain.inventory import ItemSeen, LevelSeen
from app.errors import Reason
from app.ports.stock import LevelsWritten
from app.ports.writing import Json


@dataclass(frozen=True, kw_only=True)
class BulkStarted:
    """How the store took the wish. `busy`: too many run there, ours or another app's. `reason`: it won't, ever."""

    operation: str | None = None
    busy: bool = False
    reason: Reason | None = None


class BulkState(StrEnum):
    """BROKEN: over before its end (failed, cancelled, expired); what it did until then counts."""

    RUNNING = "running"
    COMPLETE = "complete"
    BROKEN = "broken"


@dataclass(frozen=True, kw_only=True)
class BulkSeen:
    """One operation as the store shows it. `began_at` is on the store's clock.

    `file`: where what came of it lies; None: nothing did. The address may die, and is asked for again then.
    `roots`: how many things it met, not counting what hangs on them.
    """

    operation: str
    state: BulkState
    began_at: datetime
    roots: int = 0
    file: str | None = None
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class FileLine:
    """A line of a file, and the byte that the next one starts at."""

    text: bytes
    ends_at: int


class BulkFiles(Protocol):
    """A store that works through files of writing calls. Beside its limits, and it takes its time."""

    most_bytes: int
    """How long a file for `upload` may be; longer ones would have to be held in memory."""
    points: int
    """What it costs to have one file written, in the store's currency of limits."""

    async def upload(self, content: bytes) -> str:
        """Where the content lies now. Uploading it twice harms nothing. Raises Retry, Rejected."""
        ...

    async def ask_writes(self, *, name: str, path: str) -> BulkStarted:
        """Writes: has each line of an uploaded file written. `name` tells this wish from every other."""
        ...

    async def find(self, *, name: str | None, since: datetime) -> BulkSeen | None:
        """The newest operation of this name, or (None) for all items that started after `since` or still runs."""
        ...

    async def look(self, operation: str) -> BulkSeen | None:
        """How far it is. None: the store knows it no more."""
        ...

    def lines(self, file: str, *, after: int) -> AsyncGenerator[FileLine, None]:
        """A file line by line, from that byte on, never whole in memory. Rejected: its address is dead. Retry."""
        ...

    def number(self, line: bytes) -> int | None:
        """Pure: which line of the uploaded file a line of the result is about."""
        ...


class StockBulk(BulkFiles, Protocol):
    """Stock both ways: everything there is in one file, and loads of levels."""

    async def ask_items(self) -> BulkStarted:
        """Has all items with their levels put into a file. Unclear: it may have started; `find` it."""
        ...

    def part(self, line: bytes) -> ItemSeen | LevelSeen | None:
        """Pure: what a line of the file of all items says; levels may stand anywhere behind their item."""
        ...

    def line(self, key: str, payload: Mapping[str, Json]) -> bytes:
        """Pure: one writing call as a line of the file to upload."""
        ...

    def written(self, line: bytes, payload: Mapping[str, Json]) -> LevelsWritten | None:
        """Pure: how that call was taken. None: it has no definite answer; the same key may be sent again."""
        ...


@dataclass(frozen=True, kw_only=True)
class BulkFrom:
    """From how many items on a shop is linked by a file, and from how many lines on a first plan is written by one.

    `prices`: from how many on they are written by one. `lines` of a file are stored at a time, and so many `items` taken
    over: what a worker holds in memory of it.
    """

    link: int = 5_000
    load: int = 10_000
    lines: int = 2_000
    items: int = 500
    prices: int = 5_000
