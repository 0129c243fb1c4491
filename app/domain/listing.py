"""One reading of a list of what changed, by the ids of what is listed, over as many slices as it takes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from app.errors import Retry


class Numbered(Protocol):
    @property
    def id(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Reading:
    """`since`: what changed since then is listed; None: all that there is. `after`: the id it has come to.

    `newest`: the newest change met, none later than when the reading `begun`, however many slices ago: what changes behind it
    is for the next one. By the clock of whoever is read.
    """

    since: datetime | None
    newest: datetime | None
    begun: datetime
    after: int = 0

    @classmethod
    def of(cls, cursor: str | None, *, now: datetime) -> Reading:
        """Goes on where a reading was broken off, or begins a new one from an instant in ISO form."""
        parts = (cursor or "").split(">")
        since = _read(parts[0])
        if len(parts) != 4:
            return cls(since=since, newest=since, begun=now)
        begun = datetime.fromisoformat(parts[2])
        return cls(since=since, newest=_read(parts[1]), begun=begun, after=int(parts[3]))

    def on(self, versions: Iterable[datetime], *, after: int) -> Reading:
        """A page further."""
        met = [min(version, self.begun) for version in versions]
        known = [self.newest] if self.newest is not None else []
        return replace(self, newest=max([*known, *met], default=None), after=after)

    def cursor(self, *, over: bool) -> str:
        """What is stored behind a page: where this reading goes on, or from when the next one is, once it is `over`."""
        if over:
            return _told(self.newest)
        return f"{_told(self.since)}>{_told(self.newest)}>{_told(self.begun)}>{self.after}"


def of_everything(cursor: str | None) -> bool:
    """Whether the reading, begun or under way, is of all that there is and not of what changed since an instant."""
    return not (cursor or "").partition(">")[0]


def further(rows: Sequence[Numbered], after: int) -> int:
    """The id that a list goes on after. Raises Retry for a page that comes again, which would never end it."""
    return gone_on(rows[-1].id, after) if rows else after


def gone_on(last: int, after: int) -> int:
    """`further`, for lists whose last id is known by itself."""
    if last <= after:
        raise Retry("answer.unreadable", "A list of the ERP's does not go on: a page came twice.")
    return last


def _read(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _told(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat() if at is not None else ""
