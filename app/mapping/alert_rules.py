"""Alert rules as they are stored: JSON in, the rules of `app/domain/alert_rules.py` out, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from app.domain.alert_rules import AlertKind, QuietHours, Rule, Rules, Sensitivity

_LONGEST = timedelta(days=3650)


class _Rule(msgspec.Struct, frozen=True, omit_defaults=True):
    on: bool | None = None
    cooldown_minutes: float | None = None
    through_quiet: bool | None = None


class _Quiet(msgspec.Struct, frozen=True):
    begin: str
    end: str
    weekends: bool = False


class _Stored(msgspec.Struct, frozen=True, omit_defaults=True):
    zone: str = "UTC"
    quiet: _Quiet | None = None
    rules: dict[AlertKind, _Rule] = {}
    remind_hours: float | None = None
    down_minutes: float | None = None
    failing_minutes: float | None = None
    held_hours: float | None = None
    expiry_days: float | None = None
    secret_days: float | None = None
    sensitivity: Sensitivity = Sensitivity.NORMAL


def of(stored: bytes | str) -> Rules:
    """Builds the rules from their stored JSON; raises ValueError for what can't be meant."""
    read, usual = msgspec.json.decode(stored, type=_Stored), Rules()
    return Rules(
        rules={kind: _rule(read.rules.get(kind), usual.of(kind)) for kind in AlertKind},
        zone=_zone(read.zone),
        quiet=_quiet(read.quiet),
        remind=_span(read.remind_hours, usual.remind, hours=1),
        down_after=_span(read.down_minutes, usual.down_after, minutes=1),
        failing_after=_span(read.failing_minutes, usual.failing_after, minutes=1),
        held_after=_span(read.held_hours, usual.held_after, hours=1),
        expiry_within=_span(read.expiry_days, usual.expiry_within, days=1),
        secret_age=_span(read.secret_days, usual.secret_age, days=1),
        sensitivity=read.sensitivity,
    )


def _rule(read: _Rule | None, usual: Rule) -> Rule:
    if read is None:
        return usual
    return Rule(
        on=usual.on if read.on is None else read.on,
        cooldown=_span(read.cooldown_minutes, usual.cooldown, minutes=1),
        through_quiet=usual.through_quiet if read.through_quiet is None else read.through_quiet,
    )


def _span(value: float | None, usual: timedelta, **unit: float) -> timedelta:
    if value is None:
        return usual
    span = timedelta(**{name: value * factor for name, factor in unit.items()})
    if not timedelta(0) <= span <= _LONGEST:
        raise ValueError("a duration is below zero or longer than ten years")
    return span


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as cause:
        raise ValueError(f"there is no time zone called “{name[:60]}”") from cause
    return name


def _quiet(read: _Quiet | None) -> QuietHours | None:
    if read is None:
        return None
    try:
        begin, end = time.fromisoformat(read.begin), time.fromisoformat(read.end)
    except ValueError as cause:
        raise ValueError("quiet hours are written like 22:00") from cause
    if begin.tzinfo or end.tzinfo:
        raise ValueError("quiet hours are on the clock of the zone and name none of their own")
    return QuietHours(begin=begin, end=end, weekends=read.weekends)


def merged(stored: Mapping[str, object], wish: Mapping[str, object]) -> str:
    """The wish laid over what is stored, as JSON that `of` takes. Raises ValueError as `of` does."""
    rules: dict[str, object] = {}
    for part in (stored.get("rules"), wish.get("rules")):
        if isinstance(part, Mapping):
            for kind, rule in part.items():
                rules[kind] = {**_mapping(rules.get(kind)), **_mapping(rule)}
    text = msgspec.json.encode({**stored, **wish, "rules": rules}).decode()
    of(text)
    return text


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
