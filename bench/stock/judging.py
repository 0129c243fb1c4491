"""What the stock bench demands, and how much of a bucket was used by the store's own ledger; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PER_CALL, POINTS = 250, 10
LEAST_WINDOW = 30.0
LEAST_RATE = 0.95
MOST_GROWTH = 1.3
SMALL, LARGE = 10_000, 100_000
SETS = "StockSet"


@dataclass(frozen=True, kw_only=True)
class Call:
    """A line of the store's ledger. `level`: what the bucket held when the call arrived."""

    document: str
    at: float
    ended: float
    actual: float | None = None
    level: float | None = None
    throttled: str | None = None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measurement. `idle_calls`: writes of a turn before it in which nothing had changed. `wrong`: levels of the
    shop that are not what the ERP says in the end.
    """

    levels: int
    changed: int
    bulk: bool
    calls: int
    points: int
    rate_used: float | None
    throttled: int
    peak_rss_mb: float
    seconds: float
    plan_seconds: float = 0.0
    idle_calls: int = 0
    wrong: int = 0


def call_of(row: Mapping[str, Any]) -> Call:
    return Call(**{name: row[name] for name in Call.__dataclass_fields__})


def window(calls: Sequence[Call]) -> float:
    """From the first arrival to the last completion, in seconds."""
    return max(call.ended for call in calls) - min(call.at for call in calls) if calls else 0.0


def rate_used(calls: Sequence[Call], *, floor: float, restore: float) -> float | None:
    """Points spent of what the bucket gave above the lane's floor. None: too short a window to tell anything."""
    seconds = window(calls)
    if seconds < LEAST_WINDOW:
        return None
    first = min(calls, key=lambda call: call.at)
    given = max(0.0, (first.level or 0.0) - floor) + restore * seconds
    return round(sum(call.actual or 0.0 for call in calls) / given, 4)


def counted(calls: Sequence[Call], *, all_of_them: bool = False) -> tuple[int, int, int]:
    """Calls that wrote stock (or every call), their points, and how many calls of any kind were turned away."""
    sets = [call for call in calls if all_of_them or call.document == SETS]
    return (
        len(sets),
        round(sum(call.actual or 0.0 for call in sets)),
        sum(call.throttled is not None for call in calls),
    )


def failures(rows: Sequence[Row]) -> list[str]:
    """The demands that these rows do not meet, each in a sentence."""
    return [*(said for row in rows for said in _of_row(row)), *_growth(rows)]


def _of_row(row: Row) -> Iterator[str]:
    name = f"{row.levels} levels, {row.changed} changed"
    wanted = -(-row.changed // PER_CALL)
    if not row.bulk and (row.calls, row.points) != (wanted, wanted * POINTS):
        yield (
            f"{name}: {row.calls} calls and {row.points} points; 4 calls and 40 points per 1,000 changed levels"
            f" are {wanted} and {wanted * POINTS}"
        )
    if row.idle_calls:
        yield f"{name}: {row.idle_calls} calls for levels that had not changed"
    if row.throttled:
        yield f"{name}: {row.throttled} calls were THROTTLED"
    if row.wrong:
        yield f"{name}: {row.wrong} levels of the shop are not what the ERP says"
    if (
        row.levels >= LARGE
        and row.changed == row.levels
        and not row.bulk
        and (row.rate_used or 0) < LEAST_RATE
    ):
        used = "in too short a window to tell" if row.rate_used is None else f"{row.rate_used}"
        yield f"{name}: rate_used is {used}, below {LEAST_RATE}"


def _growth(rows: Sequence[Row]) -> Iterator[str]:
    small, large = _peak(rows, SMALL), _peak(rows, LARGE)
    if small and large and large >= MOST_GROWTH * small:
        yield (
            f"the worker's peak memory at {LARGE} levels is {large / small:.2f} times that at {SMALL}:"
            f" {large} MB against {small} MB; it has to stay under {MOST_GROWTH}"
        )


def _peak(rows: Sequence[Row], levels: int) -> float:
    return max((row.peak_rss_mb for row in rows if row.levels == levels), default=0.0)
