"""Lists of what changed: from an instant on, padded, by the ids of what is listed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from app.domain.listing import Reading
from app.hosts.netsuite import sql
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.clock import Clock, Zone

PAD = timedelta(minutes=10)
"""A save shows the time of its beginning and is seen at its end, after all scripts of the account have run."""


class Modified(Protocol):
    """A row of such a list."""

    @property
    def id(self) -> str | int: ...

    @property
    def modified(self) -> str: ...


M = TypeVar("M", bound=Modified)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What is told with each page: where it stands in time, and the cursor to go on from."""

    zone: Zone
    began: datetime
    cursor: str

    def version(self, row: Modified) -> datetime:
        """Never in the future: where the clocks were just changed a time may seem to be."""
        return min(_at(self.zone, row), self.began)


async def pages(
    netsuite: NetSuite, clock: Clock, kind: type[M], query: str, cursor: str | None, *, column: str = "t"
) -> AsyncIterator[tuple[list[M], Listed]]:
    """`query` ends in an open WHERE. What was broken off goes on behind the last id; from when the next one is, is told last."""
    zone = await clock.zone()
    reading, over = Reading.of(cursor, now=clock.theirs(zone)), False
    since = reading.since
    condition = f"{column}.lastmodifieddate >= {sql.moment(zone.local(since - PAD))} AND " if since else ""
    while not over:
        query_on = f"{query} {condition}{column}.id > {reading.after} ORDER BY {column}.id"
        page = await netsuite.page(kind, query_on)
        over = not page.more
        times = [_at(zone, row) for row in page.items]
        after = reading.after if over else sql.further(page.items[-1].id, reading.after)
        reading = reading.on(times, after=after)
        yield page.items, Listed(zone=zone, began=reading.begun, cursor=reading.cursor(over=over))


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _at(zone: Zone, row: Modified) -> datetime:
    return zone.instant(sql.read_moment(row.modified))
