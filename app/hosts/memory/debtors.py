"""What customers of the demo ERP owe and may owe, as we read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.customer import Buyer
from app.domain.debtor import Debtor
from app.domain.money import Money
from app.hosts.memory import wire
from app.hosts.memory.body import customer_of
from app.ports import Json

if TYPE_CHECKING:
    from app.hosts.memory.adapter import Caller


class MemoryDebtors:
    """Implements `ports.Debtors`: whoever a document of this buyer would be booked on."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def of(self, buyer: Buyer) -> Debtor | None:
        who = customer_of(buyer, None)
        asked: Json = {"id": who.id, "key": who.key, "email": who.email}
        found = (await self._caller.seek(wire.Accounts, "/v1/customers/accounts", asked)).accounts
        return _debtor(found[0]) if found else None


def _debtor(account: wire.Account) -> Debtor:
    limit = account.limit
    return Debtor(
        owed=Money(amount=account.owed, currency=account.currency),
        limit=Money(amount=limit, currency=account.currency) if limit is not None else None,
    )
