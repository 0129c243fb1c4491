"""What a buyer owes in the ERP, and may owe, as the ERP itself counts it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.money import Money


@dataclass(frozen=True, kw_only=True)
class Debtor:
    """`limit` None: none was set for them. `untold`: why this ERP can't say whether one was; None: it can.

    `as_of`: when the ERP worked the figures out, where it keeps them for a while; None: just now.
    """

    owed: Money
    limit: Money | None = None
    untold: str | None = None
    as_of: datetime | None = None
