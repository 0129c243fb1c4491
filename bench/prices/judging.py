"""What the prices bench demands; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_CALLS = 5.0
"""For 1,000 changed prices, where they go by files: reading included."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measurement. `calls` and `points`: all that the shop was asked from the approval until the run was over.

    `wrong`: prices of the shop that are not what the ERP says in the end.
    """

    prices: int
    changed: int
    calls: int
    points: int
    throttled: int
    seconds: float
    bulk: bool
    wrong: int = 0

    @property
    def calls_of_1000(self) -> float:
        return round(1_000 * self.calls / self.changed, 2)


def failures(rows: Sequence[Row]) -> list[str]:
    """The demands that these rows do not meet, each in a sentence."""
    return [said for row in rows for said in _of_row(row)]


def _of_row(row: Row) -> Iterator[str]:
    name = f"{row.changed} of {row.prices} prices changed"
    if row.bulk and row.calls_of_1000 > MOST_CALLS:
        yield f"{name}: {row.calls} calls are {row.calls_of_1000} for 1,000; {MOST_CALLS:g} are allowed"
    if row.throttled:
        yield f"{name}: {row.throttled} calls were THROTTLED"
    if row.wrong:
        yield f"{name}: {row.wrong} prices of the shop are not what the ERP says"
