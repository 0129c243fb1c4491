"""When a flow runs by the clock: an interval, or a cron expression in the shop's time zone. Pure: `after` is an argument."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from app.errors import Refused

PRESETS: Mapping[str, str] = {
    "every_5_minutes": "@every 300",
    "every_15_minutes": "@every 900",
    "hourly": "0 * * * *",
    "daily_at_midnight": "0 0 * * *",
    "daily_at_9": "0 9 * * *",
    "weekdays_at_9": "0 9 * * 1-5",
}
"""The cadences a person picks by name. Intervals begin where they began, so that not every shop asks at the same second."""

_INTERVAL = re.compile(r"@every (\d{1,9}(?:\.\d{1,6})?)")
_LONGEST = 200
_FIELDS = ("minute", "hour", "day of month", "month", "day of week")
_PROBE = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Every:
    """So long after the last one ended."""

    gap: timedelta


@dataclass(frozen=True, kw_only=True)
class Cron:
    """At these local times: one that the clocks jump over comes right after the jump, one that they repeat comes once."""

    expression: str


Cadence: TypeAlias = Every | Cron


def cadence(text: str) -> Cadence:
    """A preset's name, `@every SECONDS`, or a cron expression of five fields. Raises Refused, saying what is wrong."""
    said = " ".join(text.split())
    said = PRESETS.get(said, said)
    if said.startswith("@"):
        return _interval(said)
    return Cron(expression=_checked(said))


def stored(cadence: Cadence) -> str:
    """As it is kept: what `cadence` reads back as the same."""
    match cadence:
        case Every(gap=gap):
            return f"@every {gap.total_seconds():.6f}".rstrip("0").rstrip(".")
        case Cron(expression=expression):
            return expression


def preset_of(cadence: Cadence) -> str | None:
    """The preset that this is, if it is one."""
    return next((name for name, text in PRESETS.items() if text == stored(cadence)), None)


def next_after(cadence: Cadence, after: datetime, *, zone: str | None) -> datetime:
    """The first instant later than `after`, in UTC. Without a zone, or with one nobody knows, local time is UTC."""
    match cadence:
        case Every(gap=gap):
            return after + gap
        case Cron(expression=expression):
            return _next(expression, after, _zone(zone))


def gap(cadence: Cadence, after: datetime, *, zone: str | None) -> timedelta:
    """How long it is about from one to the next."""
    first = next_after(cadence, after, zone=zone)
    return next_after(cadence, first, zone=zone) - first


def _next(expression: str, after: datetime, zone: ZoneInfo) -> datetime:
    """What the library finds in an hour that comes twice may lie in its first pass, and is over by then."""
    for found in CronSim(expression, after.astimezone(zone)):
        at = found.astimezone(UTC)
        if at > after:
            return at
    raise _never(expression)


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _interval(said: str) -> Every:
    match = _INTERVAL.fullmatch(said)
    if match is None or float(match.group(1)) <= 0:
        raise Refused("cadence.malformed", "An interval is written as `@every 900`, in seconds above zero.")
    return Every(gap=timedelta(seconds=float(match.group(1))))


def _checked(said: str) -> str:
    fields = said.split(" ") if said else []
    if len(fields) != len(_FIELDS) or len(said) > _LONGEST:
        raise Refused(
            "cadence.malformed",
            "A cron expression has five fields: minute, hour, day of month, month, day of week;"
            f" this has {len(fields)}. `0 9 * * 1-5` is nine o'clock on weekdays.",
        )
    for place, field in enumerate(fields):
        _check_field(place, field)
    try:
        next(CronSim(said, _PROBE))
    except (CronSimError, StopIteration) as cause:
        raise _never(said) from cause
    return said.upper()


def _check_field(place: int, field: str) -> None:
    """Alone among stars, so that the error names the field."""
    alone = ["*"] * len(_FIELDS)
    alone[place] = field
    try:
        CronSim(" ".join(alone), _PROBE)
    except (CronSimError, ValueError, AssertionError) as cause:
        raise Refused(
            "cadence.malformed", f"The {_FIELDS[place]} of this cron expression can't be read: “{field}”."
        ) from cause


def _never(expression: str) -> Refused:
    return Refused("cadence.never", f"No day of any year fits “{expression}”, so it would never run.")
