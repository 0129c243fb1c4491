"""What an ERP tells of currencies: its own exchange rates, for rules that convert amounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from app.domain.exchange import Quote

NO_RATES = "Exchange rates are not read from this ERP yet."
"""The sentence of an ERP that tells none."""


@dataclass(frozen=True, kw_only=True)
class RatePage:
    """A page of rates, and the cursor of the next one; None: that was the last."""

    quotes: tuple[Quote, ...]
    next: str | None


class RateSource(Protocol):
    """An ERP's exchange rates. Never writes. What it leaves out is unknown."""

    async def page(self, since: date, cursor: str | None) -> RatePage:
        """One page of what counts from `since` or a later day on (None: the first); a pair has one rate a day.

        Both directions of a pair are told where the ERP itself converts both ways. Nothing is rounded, and a rate of one day
        is never put together with one of another. Resumable by the cursor at any time.
        """
        ...
