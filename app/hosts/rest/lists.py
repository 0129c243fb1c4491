"""Lists of what changed, by time or by number, and questions about certain things in as many calls as they take."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import msgspec

from app.errors import AccessLost, Misconfigured, Rejected, Retry
from app.hosts.rest import views
from app.hosts.rest.client import MOST_PAGES, Caller, RowPage, endless
from app.hosts.rest.description import Some
from app.hosts.rest.parts import Changes
from app.hosts.rest.reading import Reading, moment
from app.hosts.rest.rows import Manner, Row, readable, tolerant
from app.ports import Change, Page, Span

_ANSWERED = frozenset(("answer.unreadable", "connection.server_error"))
"""What an ERP may say of a place that it knows no more, besides refusing it."""
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Some write the first day of all for a thing that never changed."""


async def about(
    caller: Caller, call: Some, items: Sequence[str], *, manner: Manner | None = None
) -> list[Row]:
    """Of these items; so many in one call as the document says, each asked for once."""
    wanted, found = list(dict.fromkeys(items)), []
    for begin in range(0, len(wanted), max(1, call.most)):
        some = wanted[begin : begin + max(1, call.most)]
        found += await caller.every(call, {"items": some, "item": some[0]}, manner=manner)
    return found


@dataclass(frozen=True)
class Told:
    """A row of a list of changes, read. `at`, `number`: when it changed and as which one, None where that can't be read.

    Its change is then as new as the reading, so that it is looked at.
    """

    change: Change
    ours: bool
    row: Row
    at: datetime | None
    number: int | None = None


class ChangeList:
    """A list since a cursor: an instant in ISO form, a number, or `@` and an instant for a list that goes by numbers.

    While it is under way its cursor says as well which page it goes on with.
    """

    def __init__(self, caller: Caller, call: Changes) -> None:
        self._caller, self._call = caller, call
        self._known_by = blake2b(msgspec.json.encode(call), digest_size=6).hexdigest()

    async def pages(self, cursor: str | None, *, whole: bool = False) -> AsyncIterator[Page[Told]]:
        """Each with the cursor to store after it: one that loses nothing, whatever order the list has.

        They end after so many pages, and go on from the last cursor; of a `whole` list that raises Retry.
        """
        reading, page = Reading.of(cursor, of_call=self._known_by, now=datetime.now(UTC)), None
        for _ in range(MOST_PAGES):
            page, reading = (
                await self._first(reading) if page is None else (await self._page(reading), reading)
            )
            told = self._read(page.rows, reading)
            reading = reading.on(self._newest(reading, told), page.next)
            yield Page(items=told, cursor=reading.cursor(ordered=self._call.delta.ordered))
            if reading.place is None:
                return
        if whole:
            raise endless()

    async def _first(self, reading: Reading) -> tuple[RowPage, Reading]:
        """What an ERP gave to go on with does not hold for ever: where it refuses that, the reading begins anew."""
        try:
            return await self._page(reading), reading
        except (Retry, Rejected, Misconfigured) as error:
            away = isinstance(error, Retry) and error.code not in _ANSWERED
            if reading.place is None or away or isinstance(error, AccessLost):
                raise
        anew = reading.anew(now=datetime.now(UTC))
        return await self._page(anew), anew

    async def _page(self, reading: Reading) -> RowPage:
        page = await self._caller.page(self._call, self._tree(reading.since), reading.place)
        if page.next is not None and page.next == reading.place:
            raise endless()
        return page

    def _newest(self, reading: Reading, told: Sequence[Told]) -> str:
        """What changes while a list in no order is read may stand on a page that is behind: it is for the next reading."""
        delta, newest = self._call.delta, reading.newest
        for each in told:
            if delta.by == "number":
                done = delta.ordered or (each.at is not None and each.at <= reading.begun)
                newest = _later(newest, str(each.number)) if each.number is not None and done else newest
            elif each.at is not None:
                newest = max(newest, self._padded(each.at, reading.begun))
        return newest

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        async for page in self.pages(cursor):
            yield Page(items=tuple(each.change for each in page.items if each.ours), cursor=page.cursor)

    async def cursor_at(self, at: datetime) -> str:
        moment = at.astimezone(UTC).isoformat(timespec="microseconds")
        return f"@{moment}" if self._call.delta.by == "number" else moment

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        """What changed in the span, newest first."""
        found = [
            change
            async for page in self.pages(await self.cursor_at(span.since), whole=True)
            for change in (each.change for each in page.items if each.ours)
            if span.since <= change.version < span.until
        ]
        found.sort(key=lambda change: change.version, reverse=True)
        yield Page(items=tuple(found), cursor="")

    def _tree(self, cursor: str) -> dict[str, object]:
        text = cursor.removeprefix("@")
        since = moment(text)
        after = "" if since is not None else text
        return {**views.moment("since", since), "after": after or "0", "begins": not text}

    def _read(self, rows: Sequence[Row], reading: Reading) -> tuple[Told, ...]:
        """Every row that has a key. Raises Retry where a reading begins with rows of which none says when it changed."""
        told = tolerant(lambda row: self._told(row, reading.begun), rows)
        sound = any(each.at is not None and each.number is not None for each in told)
        if told and not sound and reading.place is None:
            first = told[0].row
            self._at(first)
            self._number(first)
        return told

    def _told(self, row: Row, begun: datetime) -> Told:
        ours, key = self._call.ours, row.needed(self._call.key)
        at = readable(lambda: self._at(row))
        return Told(
            change=Change(key=key, version=begun if at is None else at),
            ours=ours is None or readable(lambda: row.flag(ours)) is not False,
            row=row,
            at=at,
            number=readable(lambda: self._number(row)),
        )

    def _at(self, row: Row) -> datetime:
        return row.moment(self._call.changed_at or self._call.changed)

    def _number(self, row: Row) -> int:
        return row.whole(self._call.changed) if self._call.delta.by == "number" else 0

    def _padded(self, at: datetime, begun: datetime) -> str:
        """Never ahead of us: one row with a time to come would hide everything that changes until then."""
        at = min(max(at, _EARLIEST), begun) - timedelta(seconds=self._call.delta.overlap)
        return at.astimezone(UTC).isoformat(timespec="microseconds")


def _later(one: str, other: str) -> str:
    if not one.isdigit():
        return other
    return str(max(int(one), int(other)))
