"""Money in Odoo: payments found by our key in their memo, invoices by Odoo's own wizard, one set against the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.errors import Rejected, Retry
from app.hosts.odoo.client import Odoo
from app.hosts.odoo.directory import Directory
from app.hosts.odoo.reading import BILLS, PAYMENTS, Reading
from app.hosts.odoo.records import Bill, Commercial, Paid, Sale
from app.hosts.odoo.refusals import asked_back
from app.hosts.odoo.wire import Domain, Named, Row, linked, money, number
from app.ports import Json

_WIZARD = "sale.advance.payment.inv"
_LINES = "account.move.line"


class LineRow(Row, frozen=True, kw_only=True):
    payment_id: Named | None = None


class Settling:
    """Each method may be repeated: it looks at what is there before it makes anything, and after."""

    def __init__(self, odoo: Odoo, directory: Directory, reading: Reading) -> None:
        self._odoo, self._directory, self._reading = odoo, directory, reading

    async def pay(self, partner: Commercial, bills: Sequence[int], payload: Mapping[str, Any]) -> None:
        """A payment under our key, in the books. It begins as a draft: of several the oldest stays, the others go."""
        journal = await self._directory.journal(payload["method"], payload["currency"])
        there = await self._reading.payment(payload["memo"])
        if not there:
            memo = await self._reading.memo()
            payer = partner.commercial_partner_id
            values: dict[str, Json] = {
                "payment_type": payload["direction"],
                "partner_type": "customer",
                "partner_id": payer.id if payer else partner.id,
                "amount": number(Decimal(payload["amount"])),
                "currency_id": await self._directory.currency(payload["currency"]),
                "date": payload["date"],
                "journal_id": journal,
                memo: payload["memo"],
            }
            await self._odoo.create(PAYMENTS, values)
            there = await self._reading.payment(payload["memo"])
        await self._book(there)
        if not any(each.booked for each in await self._reading.payment(payload["memo"])):
            raise asked_back()
        posted = [bill for bill in await self._reading.bills(bills) if bill.state == "posted"]
        for bill in posted:
            await self.settle(bill, [payload["memo"]])

    async def _book(self, there: Sequence[Paid]) -> None:
        booked = [each for each in there if each.booked]
        drafts = [each for each in there if each.state == "draft"]
        chosen = booked[0] if booked else drafts[0] if drafts else None
        if chosen is None:
            raise Rejected("payment.failed_in_erp", "A payment of this order was called off in Odoo.")
        surplus = [each.id for each in drafts if each.id != chosen.id]
        if surplus:
            await self._odoo.press(PAYMENTS, "unlink", surplus)
        if not booked:
            await self._odoo.press(PAYMENTS, "action_post", [chosen.id])

    async def invoice(self, sale: Sale, payload: Mapping[str, Any]) -> None:
        """Made by the wizard, which leaves a draft; one that differs from the sale stays one. Then its payments are assigned."""
        bills = await self._invoices(sale.invoice_ids)
        if not bills:
            await self._make(sale.id)
            again = await self._reading.sale(sale.id)
            bills = await self._invoices(again.invoice_ids if again else ())
        if not bills:
            raise Retry("invoice.missing_in_erp", "Odoo made no invoice of this order.")
        drafts = [bill for bill in bills if bill.state == "draft"]
        whole = sum((bill.amount_total for bill in bills), Decimal(0))
        if drafts and money(whole, sale.currency) != Decimal(payload["total"]):
            raise Rejected(
                "total.differs",
                f"Odoo's invoice of {sale.name} totals {money(whole, sale.currency):f} {sale.currency} where the sale "
                f"does {payload['total']}; it was left as a draft. Where its goods have left since, delete the draft and retry.",
                facts={"number": sale.name},
            )
        if drafts:
            await self._odoo.press(BILLS, "action_post", [bill.id for bill in drafts])
        after = await self._invoices([bill.id for bill in bills])
        if any(bill.state != "posted" for bill in after):
            raise asked_back()
        for bill in after:
            await self.settle(bill, payload["memos"])

    async def settle(self, bill: Bill, memos: Sequence[str]) -> None:
        """Payments under these keys that are still open are set against the bill, as far as it is open itself."""
        if not memos or bill.state != "posted" or bill.payment_state in ("paid", "in_payment", "reversed"):
            return
        payments = [each for memo in memos for each in await self._reading.payment(memo) if each.booked]
        if not payments:
            return
        lines = await self._open_lines(payments)
        for line in lines:
            await self._odoo.press(BILLS, "js_assign_outstanding_line", [bill.id], {"line_id": line.id})
        with_entries = {line.payment_id.id for line in lines if line.payment_id}
        if await self._odoo.has(PAYMENTS, "invoice_ids"):
            # A journal without an outstanding account books nothing until the bank says so: the payment names its bill.
            bare = [
                each.id for each in payments if each.id not in with_entries and each.state == "in_process"
            ]
            for each in bare:
                await self._odoo.write(PAYMENTS, [each], {"invoice_ids": linked([bill.id])})

    async def _open_lines(self, payments: Sequence[Paid]) -> list[LineRow]:
        newer = await self._odoo.has("account.account", "account_type")
        kind: Domain = (
            [["account_id.account_type", "=", "asset_receivable"]]
            if newer
            else [["account_id.internal_type", "=", "receivable"]]
        )
        domain: Domain = [
            ["payment_id", "in", [each.id for each in payments]],
            ["reconciled", "=", False],
            ["parent_state", "=", "posted"],
            *kind,
        ]
        return await self._odoo.rows(LineRow, _LINES, domain, ("payment_id",))

    async def _invoices(self, numbers: Sequence[int]) -> list[Bill]:
        found = await self._reading.bills(numbers)
        return [bill for bill in found if bill.move_type == "out_invoice" and bill.state != "cancel"]

    async def _make(self, sale: int) -> None:
        context: dict[str, Json] = {"active_model": "sale.order", "active_ids": [sale], "active_id": sale}
        values: dict[str, Json] = {"advance_payment_method": "delivered"}
        if await self._odoo.has(_WIZARD, "sale_order_ids"):
            values["sale_order_ids"] = linked([sale])
        (wizard,) = await self._odoo.create(_WIZARD, values, context=context)
        await self._odoo.press(_WIZARD, "create_invoices", [wizard], context=context)
