"""One row of an answer as our values: exact amounts, aware times, texts; whatever is something else is said, never guessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from app.domain.money import digits
from app.errors import Retry, Unclear
from app.hosts.rest.parts import Amounts
from app.hosts.rest.paths import Steps, Unreadable, read
from app.outbound import figure
from app.ports import Json

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How the ERP writes amounts and times; `writes`: the answer is one to a call that changed something."""

    amounts: Amounts = "decimal"
    times: str = "iso"
    zone: str = "UTC"
    writes: bool = False


_NO = frozenset(("", "0", "f", "false", "n", "no"))


@dataclass(frozen=True)
class Row:
    value: Json
    manner: Manner
    steps: Steps = field(default_factory=Steps)

    def at(self, path: str | None) -> Json:
        if path is None:
            return None
        try:
            return read(path, self.value, self.steps)
        except Unreadable as cause:
            raise self._unreadable(path, "nothing that can be read") from cause

    def shows(self, path: str | None) -> bool:
        """Whether the place that a plain path names is there, with nothing in it or with something."""
        place: Json = self.value
        for name in (path or "").split("."):
            if not isinstance(place, dict) or name not in place:
                return False
            place = place[name]
        return True

    def rows(self, path: str) -> tuple[Row, ...]:
        found = self.at(path)
        if found is None:
            return ()
        if not isinstance(found, list):
            raise self._unreadable(path, "no list")
        return tuple(Row(each, self.manner, self.steps) for each in found)

    def text(self, path: str | None) -> str | None:
        """None and an empty text are both nothing."""
        found = self.at(path)
        match found:
            case None | "":
                return None
            case bool() | list() | dict():
                raise self._unreadable(path, "no text")
            case _:
                return str(found)

    def needed(self, path: str) -> str:
        found = self.text(path)
        if found is None:
            raise self._unreadable(path, "nothing")
        return found

    def texts(self, path: str | None) -> tuple[str, ...]:
        found = self.at(path)
        listed = found if isinstance(found, list) else [found]
        return tuple(str(each) for each in listed if isinstance(each, str | int) and each != "")

    def flag(self, path: str | None) -> bool:
        """Whatever gives something, and is not zero or a spelled-out no."""
        found = self.at(path)
        return bool(found) and not (isinstance(found, str) and found.strip().lower() in _NO)

    def number(self, path: str | None) -> Decimal | None:
        found = self.at(path)
        if found is None or found == "":
            return None
        return self._decimal(path, found)

    def whole(self, path: str | None) -> int:
        found = self.number(path)
        if found is None or found != found.to_integral_value():
            raise self._unreadable(path, "no whole number")
        return int(found)

    def amount(self, path: str | None, currency: str | None) -> Decimal | None:
        found = self.number(path)
        if found is None or self.manner.amounts == "decimal":
            return found
        if found != found.to_integral_value():
            raise self._unreadable(path, "no amount in the smallest unit")
        return found.scaleb(-digits(currency or ""))

    def instant(self, path: str | None) -> datetime | None:
        found = self.at(path)
        if found is None or found == "":
            return None
        try:
            return self._instant(path, found)
        except (ValueError, OverflowError, ArithmeticError, TypeError) as cause:
            raise self._unreadable(path, "no time") from cause

    def moment(self, path: str) -> datetime:
        found = self.instant(path)
        if found is None:
            raise self._unreadable(path, "no time")
        return found

    def day(self, path: str) -> date:
        found = self.at(path)
        if isinstance(found, str) and len(found) == 10:
            try:
                return date.fromisoformat(found)
            except ValueError as cause:
                raise self._unreadable(path, "no day") from cause
        return self.moment(path).date()

    def _instant(self, path: str | None, found: Json) -> datetime:
        if self.manner.times == "iso":
            if not isinstance(found, str):
                raise TypeError("a number")
            at = datetime.fromisoformat(found)
            return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(self.manner.zone))).astimezone(UTC)
        seconds = self._decimal(path, found)
        thousandth = Decimal(1000) if self.manner.times == "epoch_ms" else Decimal(1)
        return _EPOCH + timedelta(microseconds=int(seconds / thousandth * 1_000_000))

    def _decimal(self, path: str | None, found: Json) -> Decimal:
        if isinstance(found, bool | list | dict):
            raise self._unreadable(path, "no number")
        try:
            return figure(str(found))
        except ValueError as cause:
            raise self._unreadable(path, str(cause)) from cause

    def _unreadable(self, path: str | None, what: str) -> Retry | Unclear:
        """The path is the connection document's own word; what stood there is not shown."""
        return (Unclear if self.manner.writes else Retry)(
            "answer.unreadable",
            f"Where the connection document looks for “{(path or '')[:80]}” the ERP says {what}.",
        )


def readable(read_it: Callable[[], T]) -> T | None:
    """One thing of a row; None where that can't be read, so that the row is told all the same."""
    try:
        return read_it()
    except Retry:
        return None


def tolerant(read_one: Callable[[Row], T], rows: Sequence[Row]) -> tuple[T, ...]:
    """What can be read of a list: what can't is left out, unknown, and holds up nothing else. None of it at all is an error."""
    found: list[T] = []
    failure: Retry | None = None
    for row in rows:
        try:
            found.append(read_one(row))
        except Retry as error:
            failure = failure or error
    if failure is not None and not found:
        raise failure
    return tuple(found)
