"""When no orders are too few: judged by what the same hours of the week brought in the weeks before; pure.

The unit is the expected order. An hour weighs what it usually brings, so closed hours weigh nothing, and a quiet shop may
be silent for days where a busy one may not for half an hour.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.alert_rules import Sensitivity

WEEKS = 8
_LEAST_WEEKS = 2
_LEAST_ORDERS = 30
_LEAST = timedelta(minutes=30)
_HOUR = timedelta(hours=1)
_UNUSUAL = 1.25
"""A gap is unusual when it weighs this much more than the second heaviest of the past; the heaviest may be an outage."""

_MISSED: Mapping[Sensitivity, float] = {
    Sensitivity.RELAXED: 12.0,
    Sensitivity.NORMAL: 8.0,
    Sensitivity.KEEN: 5.0,
}
"""Orders that come by chance alone stay away this long once in 160,000, 3,000 and 150 times."""

Slot = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Silence:
    """Since when, and how many orders the same hours usually bring."""

    since: datetime
    expected: float


def unusual(
    counts: Mapping[datetime, int], *, last: datetime, now: datetime, zone: ZoneInfo, sensitivity: Sensitivity
) -> Silence | None:
    """The silence since the last order where it is unusual; None too for a shop that is too new to say.

    `counts`: orders by the full hour, UTC; hours without any may be left out.
    """
    past = _filled(counts, until=_full(last), now=now)
    if len(past) < _LEAST_WEEKS * 7 * 24 or sum(past.values()) < _LEAST_ORDERS or now - last < _LEAST:
        return None
    usual = _usual(past, zone)
    expected = _weight(usual, last, now, zone)
    bound = max(_MISSED[sensitivity], _UNUSUAL * _heaviest_but_one(past, usual, zone))
    return Silence(since=last, expected=expected) if expected >= bound else None


def _filled(counts: Mapping[datetime, int], *, until: datetime, now: datetime) -> dict[datetime, int]:
    """Every hour from the first that brought an order until the last one's, at most so many weeks back."""
    kept = [hour for hour, count in counts.items() if count and now - hour <= timedelta(weeks=WEEKS)]
    if not kept:
        return {}
    first = min(kept)
    hours = int((until - first) / _HOUR)
    return {hour: counts.get(hour, 0) for hour in (first + n * _HOUR for n in range(max(0, hours)))}


def _usual(past: Mapping[datetime, int], zone: ZoneInfo) -> dict[Slot, float]:
    """What each hour of the week brings: the mean of its weeks without the best one, which may have been a sale."""
    slots: dict[Slot, list[int]] = defaultdict(list)
    for hour, count in past.items():
        slots[_slot(hour, zone)].append(count)
    return {slot: _mean(sorted(counts)) for slot, counts in slots.items()}


def _mean(counts: list[int]) -> float:
    kept = counts[:-1] if len(counts) > 2 else counts[:1]
    return sum(kept) / len(kept)


def _weight(usual: Mapping[Slot, float], since: datetime, until: datetime, zone: ZoneInfo) -> float:
    """The orders that are expected between two instants."""
    total, hour = 0.0, _full(since)
    while hour < until:
        part = (min(until, hour + _HOUR) - max(since, hour)) / _HOUR
        total += part * usual.get(_slot(hour, zone), 0.0)
        hour += _HOUR
    return total


def _heaviest_but_one(past: Mapping[datetime, int], usual: Mapping[Slot, float], zone: ZoneInfo) -> float:
    """The second heaviest run of hours without an order."""
    gaps: list[float] = [0.0, 0.0]
    run = 0.0
    for hour, count in past.items():
        if count:
            gaps, run = sorted([*gaps, run])[-2:], 0.0
        else:
            run += usual[_slot(hour, zone)]
    return gaps[0]


def _slot(hour: datetime, zone: ZoneInfo) -> Slot:
    local = hour.astimezone(zone)
    return local.weekday(), local.hour


def _full(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
