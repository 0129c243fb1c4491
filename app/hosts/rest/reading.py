"""One reading of a list of changes, over as many slices as it takes; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

_BETWEEN = ">"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """`since`: the cursor that it began with. `newest`: the one that the next reading begins with, as far as this one has come.

    `begun`: when, however many slices ago: what changes behind it is for the next one. `place`: the page to go on with, None
    for the first one, and once all was read. `of_call`: by what call; a place is one of that call alone.
    """

    of_call: str
    since: str
    newest: str
    begun: datetime
    place: str | None = None

    @classmethod
    def of(cls, cursor: str | None, *, of_call: str, now: datetime) -> Reading:
        """Goes on where a reading was broken off, or begins one."""
        parts = (cursor or "").split(_BETWEEN, 4)
        begun = moment(parts[2]) if len(parts) == 5 and parts[3] == of_call else None
        if begun is None:
            return cls(of_call=of_call, since=parts[0], newest=parts[0], begun=now)
        return cls(of_call=of_call, since=parts[0], newest=parts[1], begun=begun, place=parts[4])

    def anew(self, *, now: datetime) -> Reading:
        """From its own beginning, as the page to go on with is there no more."""
        return Reading(of_call=self.of_call, since=self.since, newest=self.since, begun=now)

    def on(self, newest: str, place: str | None) -> Reading:
        """A page further."""
        return replace(self, newest=newest, place=place)

    def cursor(self, *, ordered: bool) -> str:
        """What is stored behind a page. Of an ordered list what was read is done, unless all of it is as old as its beginning."""
        if self.place is None or (ordered and self.newest != self.since):
            return self.newest
        begun = self.begun.astimezone(UTC).isoformat()
        return _BETWEEN.join((self.since, self.newest, begun, self.of_call, self.place))


def moment(text: str) -> datetime | None:
    """An instant in ISO form; None for anything else."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None
