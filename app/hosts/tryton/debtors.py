"""What Tryton's parties owe, and may owe where its module for credit limits is installed."""

from __future__ import annotations

from decimal import Decimal

from app.domain.account import account_code
from app.domain.customer import Buyer
from app.domain.debtor import Debtor
from app.domain.money import Money
from app.errors import Retry
from app.hosts.tryton.client import Tryton
from app.hosts.tryton.records import DEBTOR_FIELDS, LIMITED_FIELDS, Coded, LimitedParty, OwingParty
from app.hosts.tryton.refusals import BAD_REQUEST
from app.hosts.tryton.wire import Number
from app.ports import Json

_UNTOLD = "This Tryton has no credit limits: its module account_credit_limit is not installed."


class TrytonDebtors:
    """Implements `ports.Debtors`. A party is known by the code that our orders give it; a guest's is made with the order."""

    def __init__(self, tryton: Tryton) -> None:
        self._tryton = tryton
        self._limits: bool | None = None

    async def of(self, buyer: Buyer) -> Debtor | None:
        code = account_code(buyer)
        if code is None:
            return None
        which: Json = [["code", "=", f"{(await self._tryton.shop()).id}-{code}"]]
        if self._limits is not False:
            try:
                return await self._limited(which)
            except Retry as error:
                # A field that is unknown there: read it without, which fails as well if something else was wrong.
                if error.code != BAD_REQUEST:
                    raise
        found = await self._tryton.find(OwingParty, "party.party", DEBTOR_FIELDS, which, most=1)
        self._limits = False
        return _owing(found[0]) if found else None

    async def _limited(self, which: Json) -> Debtor | None:
        """`credit_amount` counts sales that are confirmed as well, where sale_credit_limit is installed."""
        found = await self._tryton.find(LimitedParty, "party.party", LIMITED_FIELDS, which, most=1)
        self._limits = True
        if not found:
            return None
        party = found[0]
        limit = party.credit_limit_amount
        return Debtor(
            owed=_money(party.credit_amount, party.currency),
            limit=_money(limit, party.currency) if limit is not None else None,
        )


def _owing(party: OwingParty) -> Debtor:
    return Debtor(owed=_money(party.receivable, party.currency), untold=_UNTOLD)


def _money(amount: Number | None, currency: Coded) -> Money:
    return Money(amount=amount.value if amount else Decimal(0), currency=currency.code or "")
