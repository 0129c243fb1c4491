"""Exchange rates as somebody entered them, each with its day and how long it is good for; nothing is derived from them; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from app.errors import Rejected, Verdict

USUAL_DAYS = 7
"""How long a rate is good for where nobody says: over a long weekend."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """So much of `target` for one of `source`, from `day` on, for `good_for` days at the most. `by`: who entered it."""

    source: str
    target: str
    rate: Decimal
    day: date
    good_for: int = USUAL_DAYS
    by: str = field(default="", compare=False)


@dataclass(frozen=True, kw_only=True)
class Rates:
    """By source and target, the newest first."""

    pairs: Mapping[tuple[str, str], tuple[Rate, ...]] = field(default_factory=dict)

    def on(self, source: str, target: str, at: datetime) -> Rate:
        """The rate of an instant's day, in UTC. Raises Rejected: `rule.no_rate`, or `rule.rate_stale` where it is too old."""
        day = at.astimezone(UTC).date()
        if source == target:
            return Rate(source=source, target=target, rate=Decimal(1), day=day)
        found = next((each for each in self.pairs.get((source, target), ()) if each.day <= day), None)
        facts = {"from": source, "to": target, "day": day.isoformat()}
        if found is None:
            raise Rejected(
                "rule.no_rate",
                f"No rate from {source} to {target} is known for {day}.",
                verdict=Verdict.NEEDS_MAPPING,
                facts=facts,
            )
        if day - found.day > timedelta(days=found.good_for):
            raise Rejected(
                "rule.rate_stale",
                f"The newest rate from {source} to {target} for {day} is of {found.day}, and good for"
                f" {found.good_for} days.",
                verdict=Verdict.NEEDS_MAPPING,
                facts={**facts, "rate_day": found.day.isoformat()},
            )
        return found


NONE = Rates()


def of(rates: Iterable[Rate]) -> Rates:
    """Whatever order they come in."""
    pairs: dict[tuple[str, str], list[Rate]] = {}
    for rate in sorted(rates, key=lambda each: each.day, reverse=True):
        pairs.setdefault((rate.source, rate.target), []).append(rate)
    return Rates(pairs={pair: tuple(found) for pair, found in pairs.items()})
