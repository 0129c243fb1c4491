"""An ERP that tells exchange rates, page by page, or fails to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from app.domain.exchange import Quote
from app.ports import RatePage


def quote(day: date, rate: str, *, source: str = "EUR", target: str = "USD", per: str = "1") -> Quote:
    return Quote(source=source, target=target, rate=Decimal(rate), per=Decimal(per), day=day)


@dataclass
class FakeRates:
    """Implements `RateSource`. `asked`: since when, and from which cursor; `trouble`: raised once each, before it answers."""

    quotes: list[Quote] = field(default_factory=list)
    size: int = 2
    trouble: list[Exception] = field(default_factory=list)
    asked: list[tuple[date, str | None]] = field(default_factory=list)

    async def page(self, since: date, cursor: str | None) -> RatePage:
        self.asked.append((since, cursor))
        if self.trouble:
            raise self.trouble.pop(0)
        found, start = [each for each in self.quotes if each.day >= since], int(cursor or 0)
        more = len(found) > start + self.size
        return RatePage(
            quotes=tuple(found[start : start + self.size]), next=str(start + self.size) if more else None
        )
