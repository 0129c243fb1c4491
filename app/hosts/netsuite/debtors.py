"""What customers of NetSuite owe and may owe, as it keeps it on their record."""

from __future__ import annotations

from app.domain.customer import Buyer
from app.domain.debtor import Debtor
from app.domain.money import Money
from app.hosts.netsuite import sql
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.directory import Directory
from app.hosts.netsuite.payload import customer_key
from app.hosts.netsuite.sql import Row, Told, known_amount


class _Account(Row, frozen=True):
    id: str | int
    externalid: str = ""
    balancesearch: Told = None
    creditlimit: Told = None


class NetSuiteDebtors:
    """Implements `ports.Debtors`: whoever a document of this buyer would be booked on. Its figures are in our currency."""

    def __init__(self, netsuite: NetSuite, directory: Directory) -> None:
        self._netsuite, self._directory = netsuite, directory

    async def of(self, buyer: Buyer) -> Debtor | None:
        conditions, key = [], customer_key(buyer)
        if buyer.host_key and not buyer.company_key:
            conditions.append(f"c.id = {sql.number(buyer.host_key)}")
        if key:
            conditions.append(f"c.externalid = {sql.text(key)}")
        if key and buyer.email and not buyer.company_key:
            conditions.append(f"(LOWER(c.email) = {sql.text(buyer.email.lower())} AND c.externalid IS NULL)")
        if not conditions:
            return None
        found = await self._netsuite.page(
            _Account,
            "SELECT c.id, c.externalid, c.balancesearch, c.creditlimit FROM customer c"
            f" WHERE ({' OR '.join(conditions)}) AND c.isinactive = 'F' ORDER BY c.id",
        )
        ours = [row for row in found.items if str(row.id) == buyer.host_key or row.externalid == key]
        account = next(iter([*ours, *found.items]), None)
        if account is None:
            return None
        _, currency = await self._directory.home_currency()
        limit = known_amount(account.creditlimit)
        return Debtor(
            owed=Money(amount=sql.amount(account.balancesearch), currency=currency),
            limit=None if limit is None else Money(amount=limit, currency=currency),
        )
