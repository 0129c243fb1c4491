"""Lists of what changed, by time or by number, and questions about certain things in as many calls as they take."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.hosts.rest import views
from app.hosts.rest.client import Caller
from app.hosts.rest.description import Some
from app.hosts.rest.parts import Changes
from app.hosts.rest.rows import Manner, Row, tolerant
from app.ports import Change, Page, Span


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
    """A list since a cursor: an instant in ISO form, a number, or `@` and an instant for a list that goes by numbers."""

    def __init__(self, caller: Caller, call: Changes) -> None:
        self._caller, self._call = caller, call

    async def pages(self, cursor: str | None) -> AsyncIterator[Page[Told]]:
        """Each with the cursor to store after it: one that loses nothing, whatever order the list has."""
        numbered = self._call.delta.by == "number"
        known, newest, began = cursor or "", cursor or "", datetime.now(UTC)
        async for page in self._caller.pages(self._call, self._tree(known)):
            told = tolerant(self._told, page.rows)
            for each in told:
                newest = (
                    _later(newest, str(each.number)) if numbered else max(newest, self._padded(each, began))
                )
            last = page.next is None
            yield Page(items=told, cursor=newest if last or self._call.delta.ordered else known)

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
            async for page in self.changes(await self.cursor_at(span.since))
            for change in page.items
            if span.since <= change.version < span.until
        ]
        found.sort(key=lambda change: change.version, reverse=True)
        yield Page(items=tuple(found), cursor="")

    def _tree(self, cursor: str) -> dict[str, object]:
        text = cursor.removeprefix("@")
        since = _moment(text)
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


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None
