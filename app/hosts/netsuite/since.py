"""Lists of what changed: from an instant on, padded, by the ids of what is listed, and to the end before the cursor moves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

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
        return min(self.zone.instant(sql.read_moment(row.modified)), self.began)


async def pages(
    netsuite: NetSuite, clock: Clock, kind: type[M], query: str, cursor: str | None, *, column: str = "t"
) -> AsyncIterator[tuple[list[M], Listed]]:
    """`query` ends in an open WHERE. The cursor moves to the newest that was seen, and only with the last page."""
    zone = await clock.zone()
    began = clock.theirs(zone)
    since = datetime.fromisoformat(cursor) if cursor else None
    condition = f"{column}.lastmodifieddate >= {sql.moment(zone.local(since - PAD))} AND " if since else ""
    last, newest, stays = 0, since, cursor or iso(datetime(1970, 1, 1, tzinfo=UTC))
    while True:
        page = await netsuite.page(kind, f"{query} {condition}{column}.id > {last} ORDER BY {column}.id")
        told = Listed(zone=zone, began=began, cursor=stays)
        newest = max(_known([newest, *(told.version(row) for row in page.items)]), default=None)
        if not page.more:
            yield page.items, Listed(zone=zone, began=began, cursor=iso(newest) if newest else stays)
            return
        yield page.items, told
        last = sql.further(page.items[-1].id, last)


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _known(times: Iterable[datetime | None]) -> list[datetime]:
    return [each for each in times if each is not None]
