"""Exchange rates as a person or the ERP says them, each with its day and how long it is good for; nothing is derived; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

from app.errors import Rejected, Verdict

USUAL_DAYS = 7
"""How long a rate is good for where nobody says: over a long weekend."""
WAITING = ("rule.no_rate", "rule.rate_stale")
"""What is held for want of a rate."""
_CURRENCY = re.compile(r"[A-Z]{3}")
_MOST_DIGITS = 30
_DIGITS = 100
_LEAST = Decimal("1e-12")


@dataclass(frozen=True, kw_only=True)
class Rate:
    """`rate` of `target` for `per` of `source`, from `day` on, for `good_for` days at the most. `by`: who said so.

    `per` is other than 1 where the ERP keeps the rate the other way round: turning it would round it.
    """

    source: str
    target: str
    rate: Decimal
    day: date
    good_for: int = USUAL_DAYS
    per: Decimal = Decimal(1)
    by: str = field(default="", compare=False)

    def of(self, amount: Decimal) -> Decimal:
        """Exact; where it is divided, to twelve decimals, half away from zero."""
        with localcontext(prec=_DIGITS):
            made = amount * self.rate
            return made if self.per == 1 else (made / self.per).quantize(_LEAST, ROUND_HALF_UP).normalize()


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


def meant(rate: Rate) -> bool:
    """Whether it can be one: two currencies, and two plain numbers above zero."""
    numbers = (rate.rate, rate.per)
    plain = all(each.is_finite() and len(each.as_tuple().digits) <= _MOST_DIGITS for each in numbers)
    different = rate.source != rate.target and all(map(_CURRENCY.fullmatch, (rate.source, rate.target)))
    return (
        plain
        and different
        and all(each > 0 and -_MOST_DIGITS < each.adjusted() < _MOST_DIGITS for each in numbers)
    )


def of(rates: Iterable[Rate]) -> Rates:
    """Whatever order they come in."""
    pairs: dict[tuple[str, str], list[Rate]] = {}
    for rate in sorted(rates, key=lambda each: each.day, reverse=True):
        pairs.setdefault((rate.source, rate.target), []).append(rate)
    return Rates(pairs={pair: tuple(found) for pair, found in pairs.items()})
