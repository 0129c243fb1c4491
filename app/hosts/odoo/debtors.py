"""What Odoo's contacts owe, and may owe where somebody set a limit for them."""

from __future__ import annotations

from decimal import Decimal

from app.domain.account import account_code
from app.domain.customer import Buyer
from app.domain.debtor import Debtor
from app.domain.money import Money
from app.errors import Retry
from app.hosts.odoo.client import Odoo
from app.hosts.odoo.partners import MODEL
from app.hosts.odoo.wire import Domain, Row

_UNTOLD = "This Odoo has no credit limits, or its user may not see them."
_LIMITS = ("use_partner_credit_limit", "credit_limit")


class Owing(Row, frozen=True, kw_only=True):
    """In the company's currency. A limit counts only where the contact has one of its own."""

    credit: Decimal | None = None
    credit_limit: Decimal | None = None
    use_partner_credit_limit: bool | None = None


class OdooDebtors:
    """Implements `ports.Debtors`. A contact is known by the reference that our orders give it, or by its number once linked."""

    def __init__(self, odoo: Odoo) -> None:
        self._odoo = odoo

    async def of(self, buyer: Buyer) -> Debtor | None:
        code = account_code(buyer)
        if code is None:
            return None
        which: Domain = [["ref", "=", code], ["parent_id", "=", False]]
        if buyer.host_key and not buyer.company_key:
            which = [["id", "=", int(buyer.host_key)]]
        if not await self._odoo.has(MODEL, "credit"):
            raise Retry(
                "debtor.not_readable",
                "Odoo's user may not see what contacts owe: it lacks the billing right.",
            )
        limited = await self._odoo.has(MODEL, _LIMITS[0])
        fields = ("credit", *(_LIMITS if limited else ()))
        found = await self._odoo.rows(Owing, MODEL, which, fields, most=1)
        if not found:
            return None
        currency, row = (await self._odoo.company()).currency, found[0]
        limit = row.credit_limit if row.use_partner_credit_limit else None
        return Debtor(
            owed=Money(amount=row.credit or Decimal(0), currency=currency),
            limit=Money(amount=limit, currency=currency) if limit is not None else None,
            untold=None if limited else _UNTOLD,
        )
