"""The rules that alarms are told by: which kinds, how often, when it has to be quiet; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class AlertKind(StrEnum):
    """CRITICAL: something stands still. SILENCE: no orders for unusually long. HELD: records wait for a person too long.

    EXPIRY: a key or certificate runs out, or has been the same for too long.
    """

    CRITICAL = "critical"
    SILENCE = "silence"
    HELD = "held"
    EXPIRY = "expiry"


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """From `begin` until just before `end` on the clock of the zone, over midnight where it ends before it begins.

    `weekends`: Saturday and Sunday are quiet all day.
    """

    begin: time
    end: time
    weekends: bool = False

    def holds(self, now: datetime, zone: ZoneInfo) -> bool:
        local = now.astimezone(zone)
        if self.weekends and local.weekday() >= 5:
            return True
        at = local.time()
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end


class Sensitivity(StrEnum):
    """How many orders must have failed to come before silence is told of."""

    RELAXED = "relaxed"
    NORMAL = "normal"
    KEEN = "keen"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`cooldown`: a cause is told at most once in it. `through_quiet`: told in quiet hours as well."""

    on: bool = True
    cooldown: timedelta = timedelta(hours=4)
    through_quiet: bool = False


def _rules() -> Mapping[AlertKind, Rule]:
    return {
        AlertKind.CRITICAL: Rule(cooldown=timedelta(hours=1), through_quiet=True),
        AlertKind.SILENCE: Rule(),
        AlertKind.HELD: Rule(cooldown=timedelta(hours=12)),
        AlertKind.EXPIRY: Rule(cooldown=timedelta(days=7)),
    }


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What an organisation chose.

    `remind`: what stands on unchanged is told again after so long. `calm`: what was told is over only after it has not
    been seen for so long. `singly`: so many causes of a kind within an hour get a message of their own; more are said together.
    """

    rules: Mapping[AlertKind, Rule] = field(default_factory=_rules)
    zone: str = "UTC"
    quiet: QuietHours | None = None
    remind: timedelta = timedelta(hours=24)
    calm: timedelta = timedelta(minutes=5)
    singly: int = 5
    down_after: timedelta = timedelta(minutes=15)
    failing_after: timedelta = timedelta(hours=1)
    held_after: timedelta = timedelta(hours=24)
    expiry_within: timedelta = timedelta(days=14)
    secret_age: timedelta = timedelta(days=365)
    sensitivity: Sensitivity = Sensitivity.NORMAL

    def of(self, kind: AlertKind) -> Rule:
        return self.rules[kind]

    def silent(self, kind: AlertKind, now: datetime) -> bool:
        """Whether the quiet hours keep this kind back now."""
        if self.quiet is None or self.of(kind).through_quiet:
            return False
        return self.quiet.holds(now, ZoneInfo(self.zone))
