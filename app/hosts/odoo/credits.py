"""Refunds into Odoo: a credit note against the sale's invoice, and the money that went back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.domain.credit import CreditDocument
from app.domain.document import DocumentState, FoundDocument, FoundLine
from app.domain.ids import SinkKey
from app.domain.money import minor_unit
from app.errors import Reason
from app.hosts.odoo import credit_steps
from app.hosts.odoo.client import Odoo
from app.hosts.odoo.crediting import Crediting
from app.hosts.odoo.orders import OdooOrders, redacted_evidence
from app.hosts.odoo.reading import BILLS, Reading
from app.hosts.odoo.records import BILL_FIELDS, CREDIT, Bill, Credit, Paid
from app.hosts.odoo.stage import key_of
from app.hosts.odoo.wire import Domain, Named, instant, money
from app.hosts.odoo.writes import Writes
from app.ports import Choice, Evidence, Found, HostField, Json, Listed, Page, Span, Step

_PAGE = 200
_MOST_NUMBERED = 5
_KINDS: list[Json] = ["out_refund", "out_invoice"]
_STATES = {"draft": DocumentState.DRAFT, "posted": DocumentState.POSTED}


class ListedBill(Bill, frozen=True, kw_only=True):
    currency_id: Named


class OdooCredits:
    """Implements `Sink[CreditDocument]`. Our key is a credit note's reference, which Odoo does not keep unique."""

    def __init__(
        self, odoo: Odoo, reading: Reading, orders: OdooOrders, writes: Writes, crediting: Crediting
    ) -> None:
        self._odoo, self._reading, self._orders = odoo, reading, orders
        self._writes, self._crediting = writes, crediting

    async def find(self, record: CreditDocument, *, likely: bool = False) -> Found:
        ours = await self._credits([["ref", "=", record.external_id]])
        sales = await self._reading.by_key(record.order_external_id)
        alive = [sale for sale in sales if sale.state != "cancel"] or sales
        orders = await self._reading.documents(alive[:1], money=True)
        return Found(documents=tuple(await self._documents(ours)), basis=orders[0] if orders else None)

    async def numbered(self, number: str) -> Sequence[FoundDocument]:
        found = await self._credits([["name", "=", number.strip()]], most=_MOST_NUMBERED)
        return await self._documents(found)

    def next_step(self, record: CreditDocument, found: Found) -> Step | Reason | None:
        return credit_steps.next_step(record, found)

    async def do(self, step: Step) -> Evidence:
        payload: Mapping[str, Any] = step.payload
        if "credit" in payload or payload["action"] == "credit":
            return redacted_evidence(await self._crediting.carry_out(payload), step)
        return redacted_evidence(await self._writes.carry_out(payload), step)

    def render(self, record: CreditDocument) -> Mapping[str, Json]:
        return credit_steps.create(record, None).payload

    async def listed(self, span: Span) -> AsyncIterator[Page[Listed]]:
        company, last = (await self._odoo.company()).id, 0
        while True:
            domain: Domain = [
                ["company_id", "=", company],
                ["move_type", "in", _KINDS],
                ["ref", "=like", "refund-%"],
                ["create_date", ">=", instant(span.since)],
                ["create_date", "<", instant(span.until)],
                ["id", ">", last],
            ]
            fields = (*BILL_FIELDS, "currency_id")
            rows = await self._odoo.rows(ListedBill, BILLS, domain, fields, most=_PAGE)
            if rows:
                last = rows[-1].id
            yield Page(items=tuple(_listed(row) for row in rows), cursor=str(last))
            if len(rows) < _PAGE:
                return

    def fields(self) -> Sequence[HostField]:
        return self._orders.fields()

    async def choices(self, field: str) -> Sequence[Choice]:
        return await self._orders.choices(field)

    async def _credits(self, domain: Domain, *, most: int | None = None) -> list[Credit]:
        company = (await self._odoo.company()).id
        full: Domain = [*domain, ["move_type", "in", _KINDS], ["company_id", "=", company]]
        return await self._odoo.deep(Credit, BILLS, full, CREDIT, most=most)

    async def _documents(self, rows: Sequence[Credit]) -> list[FoundDocument]:
        paid = await self._reading.payments([row.ref for row in rows if row.ref and row.state == "posted"])
        return [
            _document(
                row,
                [each for each in paid if each.booked and each.key.startswith(f"{row.ref}/")],
                self._reading.address(BILLS, row.id),
            )
            for row in rows
        ]


def _document(row: Credit, paid: Sequence[Paid], address: str) -> FoundDocument:
    """What is given back counts as positive, whichever kind of document it came to be."""
    sign, currency = Decimal(1 if row.move_type == "out_refund" else -1), row.currency
    lines: dict[tuple[int, str], tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for line in row.invoice_line_ids:
        if line.display_type in (None, "product"):
            key = (line.sequence, (line.product_id.default_code if line.product_id else None) or "")
            quantity, net = lines[key]
            lines[key] = quantity + line.quantity * sign, net + line.price_subtotal * sign
    return FoundDocument(
        sink_key=SinkKey(str(row.id)),
        number=row.name if row.name != "/" else None,
        external_id=row.ref,
        state=_STATES.get(row.state, DocumentState.CANCELLED),
        total=money(row.amount_total * sign, currency),
        tax_total=money(row.amount_tax * sign, currency),
        currency=currency,
        payments=frozenset(key_of(each) for each in paid),
        invoiced=row.state == "posted",
        stage=row.state,
        lines=tuple(
            FoundLine(item=item, quantity=quantity, net=money(net, currency))
            for (_, item), (quantity, net) in lines.items()
        ),
        address=address,
        amounts={key_of(each): each.amount.quantize(minor_unit(currency)) for each in paid},
    )


def _listed(row: ListedBill) -> Listed:
    currency = row.currency_id.display_name or ""
    sign = 1 if row.move_type == "out_refund" else -1
    return Listed(
        sink_key=SinkKey(str(row.id)),
        external_id=row.ref,
        number=row.name,
        total=money(row.amount_total * sign, currency),
        currency=currency,
        state=_STATES.get(row.state, DocumentState.CANCELLED),
    )
