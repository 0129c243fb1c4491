"""A bucket in this process's memory: what a worker may spend by itself while Redis is away."""

from __future__ import annotations

from dataclasses import dataclass

STANDARD_MAXIMUM = 2_000.0
STANDARD_RATE = 100.0
"""A Standard store, seen on every one of thousands of recorded answers; the first real answer replaces them."""


@dataclass(kw_only=True)
class LocalBucket:
    """Level in points at the instant `at` (monotonic seconds). It starts empty and holds one share of the truth."""

    maximum: float = STANDARD_MAXIMUM
    rate: float = STANDARD_RATE
    level: float = 0.0
    at: float | None = None

    def ask(self, *, cost: float, floor: float, share: float, now: float) -> float:
        """Spends the cost and answers 0, or answers how many seconds to wait.

        A cost above the whole share is spent as a debt once the bucket is full, so the rate holds in the long run.
        """
        most, rate = self.maximum * share, self.rate * share
        if self.at is None:
            self.level, self.at = floor * most, now
        self.level = min(most, self.level + max(0.0, now - self.at) * rate)
        self.at = now
        need = min(floor * most + cost, most)
        if self.level >= need:
            self.level -= cost
            return 0.0
        return (need - self.level) / rate

    def learn(self, *, refund: float, available: float, maximum: float, rate: float, share: float) -> None:
        """Takes over what an answer said."""
        self.maximum, self.rate = maximum, rate
        self.level = min(self.level + refund, available * share)

    def forget(self) -> None:
        """Redis is back: the next outage starts at the floor again, as nobody knows what was spent meanwhile."""
        self.level, self.at = 0.0, None
