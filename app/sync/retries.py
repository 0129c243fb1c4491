"""Retry policy as a value: how long to wait after the n-th failure in a row, and when a person must know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.settings import Timing


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """Doubling from `first` up to `most`, spread by up to a quarter.

    Held after `hold_after` of failing, but never before `hold_least` failures: a record that only stood in a long line
    has not been tried for all that time.
    """

    first: timedelta
    most: timedelta
    hold_after: timedelta
    hold_least: int = 8

    @classmethod
    def of(cls, timing: Timing) -> RetryPolicy:
        return cls(first=timing.retry_first, most=timing.retry_most, hold_after=timing.hold_after)

    def wait(self, failures: int, *, luck: float) -> timedelta:
        """`failures` counts those before this one; `luck` in [0, 1) spreads records that failed together."""
        doubled: int = 2 ** min(failures, 20)
        return min(self.first * doubled, self.most) * (0.875 + luck / 4)

    def is_over(self, failing_since: datetime | None, now: datetime, *, failures: int) -> bool:
        """`failures` in a row, counted since the last step that the ERP confirmed, as `failing_since` is."""
        if failing_since is None or failures < self.hold_least:
            return False
        return now - failing_since > self.hold_after
