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
from app.hosts.rest.rows import Manner, Row, tolerant
from app.ports import Change, Page, Span

_ANSWERED = frozenset(("answer.unreadable", "connection.server_error"))
"""What an ERP may say of a place that it knows no more, besides refusing it."""


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
    """A row of a list of changes, read."""

    change: Change
    ours: bool
    row: Row
    number: int = 0


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
            told = tolerant(self._told, page.rows)
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
            if delta.by == "time":
                newest = max(newest, self._padded(each, reading.begun))
            elif delta.ordered or each.change.version <= reading.begun:
                newest = _later(newest, str(each.number))
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

    def _told(self, row: Row) -> Told:
        call = self._call
        numbered = call.delta.by == "number"
        at = row.moment(call.changed_at or call.changed)
        return Told(
            change=Change(key=row.needed(call.key), version=at),
            ours=call.ours is None or row.flag(call.ours),
            row=row,
            number=row.whole(call.changed) if numbered else 0,
        )

    def _padded(self, told: Told, began: datetime) -> str:
        """Never ahead of us: one row with a time to come would hide everything that changes until then."""
        at = min(told.change.version, began) - timedelta(seconds=self._call.delta.overlap)
        return at.astimezone(UTC).isoformat(timespec="microseconds")


def _later(one: str, other: str) -> str:
    if not one.isdigit():
        return other
    return str(max(int(one), int(other)))
