"""Reads sales with all that is known of them: their invoices, and the payments under their key."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.document import FoundDocument
from app.errors import Misconfigured
from app.hosts.odoo.client import Odoo
from app.hosts.odoo.records import BILL_FIELDS, SALE, Bill, Paid, Sale
from app.hosts.odoo.stage import CONFIRMED, document_of
from app.hosts.odoo.wire import Domain
from app.ports import Json

SALES, BILLS, PAYMENTS = "sale.order", "account.move", "account.payment"


class Reading:
    """Reads only. `place`: where Odoo's own web client shows its records."""

    def __init__(self, odoo: Odoo, place: str) -> None:
        self._odoo, self._place = odoo, place

    async def by_key(self, key: str) -> list[Sale]:
        return await self.sales([["client_order_ref", "=", key]])

    async def sales(self, domain: Domain, *, most: int | None = None) -> list[Sale]:
        company = (await self._odoo.company()).id
        ours: Domain = [*domain, ["company_id", "=", company]]
        return await self._odoo.deep(Sale, SALES, ours, SALE, most=most)

    async def sale(self, number: int) -> Sale | None:
        found = await self._odoo.deep(Sale, SALES, [["id", "=", number]], SALE)
        return found[0] if found else None

    async def documents(self, sales: Sequence[Sale], *, money: bool) -> list[FoundDocument]:
        """`money`: with payments, which a quotation never has."""
        numbers = sorted({number for sale in sales for number in sale.invoice_ids})
        bills = {bill.id: bill for bill in await self.bills(numbers)}
        keys = [sale.client_order_ref for sale in sales if money and sale.state in CONFIRMED]
        paid = await self.payments([key for key in keys if key])
        return [
            document_of(
                sale,
                [bills[number] for number in sale.invoice_ids if number in bills],
                [each for each in paid if each.key.startswith(f"{sale.client_order_ref}/")],
                self.address(SALES, sale.id),
            )
            for sale in sales
        ]

    async def seen(self, sales: Sequence[Sale]) -> list[FoundDocument]:
        """With payments where this user may see any: who books none of them needs no right to."""
        try:
            return await self.documents(sales, money=True)
        except Misconfigured as error:
            if error.code != "access.forbidden":
                raise
            return await self.documents(sales, money=False)

    async def bills(self, numbers: Sequence[int]) -> list[Bill]:
        if not numbers:
            return []
        return await self._odoo.rows(Bill, BILLS, [["id", "in", [*numbers]]], BILL_FIELDS)

    async def payments(self, documents: Sequence[str]) -> list[Paid]:
        """Those whose memo begins with our key of one of the documents, oldest first."""
        if not documents:
            return []
        memo = await self.memo()
        # An underscore stands for any letter there, so that what comes back is looked at once more.
        either: Domain = ["|"] * (len(documents) - 1)
        begins: Domain = [[memo, "=like", f"{key}/%"] for key in documents]
        rows = await self._paid(either + begins, memo)
        ours = tuple(f"{key}/" for key in documents)
        return [row for row in rows if row.key.startswith(ours)]

    async def payment(self, key: str) -> list[Paid]:
        memo = await self.memo()
        return await self._paid([[memo, "=", key]], memo)

    async def memo(self) -> str:
        """What the field for a payment's memo is called in this version."""
        return await self._odoo.first_of(PAYMENTS, "memo", "ref")

    async def _paid(self, domain: Domain, memo: str) -> list[Paid]:
        fields = ("state", "amount", "payment_type", memo)
        return await self._odoo.rows(Paid, PAYMENTS, domain, fields)

    def address(self, model: str, number: int) -> str:
        """Where Odoo's own web client shows a record: an address that old and new versions understand."""
        return f"{self._place}/web#id={number}&model={model}&view_type=form"


def evidence_of(sale: Sale) -> dict[str, Json]:
    return {
        "id": sale.id,
        "state": sale.state,
        "amount_total": f"{sale.amount_total:f}",
        "amount_tax": f"{sale.amount_tax:f}",
    }
