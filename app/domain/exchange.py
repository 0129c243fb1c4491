"""What an ERP says two currencies are worth in each other, as exactly as it knows it itself; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Quote:
    """`rate` of `target` for `per` of `source`, from `day` on.

    Of the two directions of a pair an ERP keeps one; the other is the same fraction upside down (1 for 1.0845 instead of
    1.0845 for 1), so that neither is rounded.
    """

    source: str
    target: str
    rate: Decimal
    day: date
    per: Decimal = Decimal(1)
