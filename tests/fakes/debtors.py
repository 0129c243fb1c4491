"""An ERP that tells what its customers owe, or fails to."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from app.domain.customer import Buyer
from app.domain.debtor import Debtor
from app.domain.money import Money


def owes(
    amount: str, *, limit: str | None = None, currency: str = "EUR", untold: str | None = None
) -> Debtor:
    return Debtor(
        owed=Money(amount=Decimal(amount), currency=currency),
        limit=Money(amount=Decimal(limit), currency=currency) if limit is not None else None,
        untold=untold,
    )


@dataclass
class FakeDebtors:
    """Implements `Debtors`. `asked`: about whom; None in `says`: it knows nobody."""

    says: Debtor | None = None
    trouble: list[Exception] = field(default_factory=list)
    asked: list[Buyer] = field(default_factory=list)

    async def of(self, buyer: Buyer) -> Debtor | None:
        self.asked.append(buyer)
        if self.trouble:
            raise self.trouble.pop(0)
        return self.says
