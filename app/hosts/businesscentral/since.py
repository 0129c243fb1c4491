"""Lists of what changed: from an instant on, padded, by page, and to the end before the cursor moves on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from app.hosts.businesscentral.client import PAGE, WITH_LINES, BusinessCentral, ask
from app.hosts.businesscentral.odata import instant
from app.ports import Change, Page, Span

PAD = timedelta(minutes=5)
"""A row says when it was written, and is seen when its transaction has ended."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Modified(Protocol):
    """A row of such a list."""

    @property
    def id(self) -> str: ...

    @property
    def last_modified_date_time(self) -> str: ...


M = TypeVar("M", bound=Modified)


async def pages(
    central: BusinessCentral,
    kind: type[M],
    name: str,
    cursor: str | None,
    *,
    select: str,
    expand: str = "",
    also: str = "",
    first: str = "",
) -> AsyncIterator[tuple[list[M], str]]:
    """Each page with the cursor to store after it. `also`: a condition of every list, `first` of the one without a cursor.

    Rows that are changed while the list is read may come again on a later page; none is left out, as the order is by
    change and then by id. What was broken off goes on with the instant that it has come to.
    """
    since, (begun, through) = read(cursor), _come_to(cursor)
    met = through or since or _NEVER
    from_then = through or (since - PAD if since else None)
    conditions = [
        also,
        f"lastModifiedDateTime ge {instant(from_then)}" if from_then else "",
        "" if since else first,
    ]
    path = ask(
        name,
        filter=" and ".join(each for each in conditions if each),
        select=select,
        expand=expand,
        orderby="lastModifiedDateTime,id",
    )
    async for rows, last in central.pages(kind, path, most=WITH_LINES if expand else PAGE):
        met = max([met, *map(version, rows)])
        ahead = f"{cursor_of(since) if since else ''}>{cursor_of(begun)}>{cursor_of(met)}"
        yield rows, cursor_of(min(met, begun)) if last else ahead


def change_of(row: Modified) -> Change:
    return Change(key=row.id.lower(), version=version(row))


def version(row: Modified) -> datetime:
    return moment(row.last_modified_date_time)


def moment(told: str) -> datetime:
    """0001-01-01 is Business Central's way of saying never."""
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        return _NEVER
    return max(at if at.tzinfo else at.replace(tzinfo=UTC), _NEVER)


def read(cursor: str | None) -> datetime | None:
    """From when on a list was begun, whether it goes on or not."""
    began = (cursor or "").partition(">")[0]
    return datetime.fromisoformat(began) if began else None


def _come_to(cursor: str | None) -> tuple[datetime, datetime | None]:
    """When the reading was begun, and how far it has come: what was written behind it since is for the next one."""
    parts = (cursor or "").split(">")
    if len(parts) != 3:
        return datetime.now(UTC), None
    return datetime.fromisoformat(parts[1]), datetime.fromisoformat(parts[2])


def cursor_of(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


async def between(changes: AsyncIterator[Page[Change]], span: Span) -> AsyncIterator[Page[Change]]:
    """When something was made is not told, so that what was changed in the span stands for it."""
    async for page in changes:
        kept = tuple(change for change in reversed(page.items) if change.version < span.until)
        yield Page(items=kept, cursor=page.cursor)
