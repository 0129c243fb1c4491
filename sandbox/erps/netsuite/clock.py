"""Instants and days as the books keep them, as SuiteQL shows them, and as Oracle's masks write and read them.

The books keep UTC. SuiteQL works on the account's own clock: a value of it ends in MARK, so that it can be told from a text
that a query made of one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MARK = "\x01"
KEPT = "%Y-%m-%d %H:%M:%S"
_TOKEN = re.compile(r'"[^"]*"|YYYY|HH24|HH12|TZH|TZM|MON|MM|DD|HH|MI|SS|AM|PM|YY|.', re.IGNORECASE)
_WRITTEN = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "MON": "%b", "DD": "%d", "HH24": "%H", "HH12": "%I", "HH": "%I", "MI": "%M",
            "SS": "%S", "AM": "%p", "PM": "%p"}  # fmt: skip
_READ = {"YYYY": r"(?P<Y>\d{4})", "MM": r"(?P<m>\d{1,2})", "DD": r"(?P<d>\d{1,2})", "HH24": r"(?P<H>\d{1,2})",
         "HH": r"(?P<H>\d{1,2})", "MI": r"(?P<M>\d{1,2})", "SS": r"(?P<S>\d{1,2})", "TZH": r"(?P<z>[+-]\d{2})",
         "TZM": r"(?P<n>\d{2})"}  # fmt: skip


class WrongMask(Exception):
    """A text that is not of the form its mask says."""


class Clock:
    """The account's zone between UTC and people."""

    def __init__(self, zone: str, dates: str) -> None:
        self.zone, self._dates = ZoneInfo(zone), dates

    def now(self) -> str:
        return datetime.now(UTC).strftime(KEPT)

    def today(self) -> str:
        return datetime.now(self.zone).strftime("%Y-%m-%d")

    def shown(self, kept: str | None) -> str | None:
        """What SuiteQL has of an instant."""
        if kept is None:
            return None
        return datetime.strptime(kept, KEPT).replace(tzinfo=UTC).astimezone(self.zone).strftime(KEPT) + MARK

    def day(self, day: str | None) -> str | None:
        return None if day is None else f"{day} 00:00:00{MARK}"

    def preferred(self, value: str) -> str:
        """A date of a result that no mask was given for: a day, as the user likes days written."""
        return self.written(value, self._dates)

    def written(self, value: str | None, mask: str | None = None) -> str | None:
        if value is None or not isinstance(value, str) or not value.endswith(MARK):
            return None if value is None else _plain(value)
        at = datetime.strptime(value[:-1], KEPT).replace(tzinfo=self.zone)
        return "".join(_write(token, at) for token in _TOKEN.findall(mask or self._dates))

    def read(self, text: str | None, mask: str | None = None) -> str | None:
        if text is None:
            return None
        if str(text).endswith(MARK):
            return str(text)
        pattern = "".join(
            _READ.get(token.upper(), re.escape(token.strip('"')))
            for token in _TOKEN.findall(mask or self._dates)
        )
        found = re.fullmatch(pattern, str(text).strip())
        if not found:
            raise WrongMask(f"{text} is not of the form {mask}")
        part = {
            name: int(value) for name, value in found.groupdict(default="0").items() if name not in {"z", "n"}
        }
        at = datetime(
            part["Y"], part["m"], part["d"], part.get("H", 0), part.get("M", 0), part.get("S", 0), tzinfo=UTC
        )
        if "z" in found.groupdict():
            hours = int(found["z"])
            at -= timedelta(
                hours=hours, minutes=int(found.groupdict().get("n") or 0) * (-1 if hours < 0 else 1)
            )
            return at.astimezone(self.zone).strftime(KEPT) + MARK
        return at.strftime(KEPT) + MARK


def iso(kept: str) -> str:
    """As the record service writes an instant."""
    return f"{kept.replace(' ', 'T')}Z"


def _write(token: str, at: datetime) -> str:
    upper = token.upper()
    if upper in {"TZH", "TZM"}:
        offset = at.strftime("%z")
        return offset[:3] if upper == "TZH" else offset[3:5]
    if upper in _WRITTEN:
        return at.strftime(_WRITTEN[upper])
    return token.strip('"')


def _plain(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
