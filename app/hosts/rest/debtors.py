"""What customers of any ERP owe and may owe, as its connection document says it is asked."""

from __future__ import annotations

from typing import cast

from app.domain.customer import Buyer
from app.domain.debtor import Debtor
from app.domain.money import Money
from app.errors import Retry
from app.hosts.rest import views
from app.hosts.rest.client import Caller
from app.hosts.rest.description import Debtors


class RestDebtors:
    """Implements `ports.Debtors`."""

    def __init__(self, caller: Caller, debtors: Debtors) -> None:
        self._caller, self._debtors = caller, debtors
        self._manner = caller.manner(amounts=debtors.amounts)

    async def of(self, buyer: Buyer) -> Debtor | None:
        fields = self._debtors.fields
        tree = {"buyer": cast("dict[str, object]", views.view(buyer))}
        row = await self._caller.one(self._debtors.find, tree, manner=self._manner)
        if row is None:
            return None
        currency = row.needed(fields.currency)
        owed, limit = row.amount(fields.owed, currency), row.amount(fields.limit, currency)
        if owed is None:
            raise Retry("answer.unreadable", "The ERP does not say what this customer owes.")
        return Debtor(
            owed=Money(amount=owed, currency=currency),
            limit=Money(amount=limit, currency=currency) if limit is not None else None,
            untold=None if fields.limit else "The connection document names no field for the limit.",
        )
