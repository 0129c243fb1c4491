"""Refunds into Tryton: a sale of negative quantities against the order's sale, as Tryton itself writes a return."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

from app.domain.credit import CreditDocument
from app.domain.document import FoundDocument, FoundLine
from app.domain.ids import SinkKey
from app.errors import Reason, Retry
from app.hosts.tryton import credit_steps
from app.hosts.tryton.orders import GRACE, TrytonOrders, redacted_evidence
from app.hosts.tryton.stage import document_of, stage_of
from app.hosts.tryton.writes import Writes
from app.ports import Choice, Evidence, Found, HostField, Json, Listed, Page, Span, Step


class TrytonCredits:
    """Implements `Sink[CreditDocument]`. A return is found by (web_shop, web_id) like a sale, and read with its signs turned."""

    def __init__(self, orders: TrytonOrders, writes: Writes) -> None:
        self._orders, self._writes = orders, writes

    async def find(self, record: CreditDocument, *, likely: bool = False) -> Found:
        ours = await self._writes.by_web_id(record.external_id)
        if any(stage_of(sale).sale == "confirmed" for sale in ours):
            raise Retry(
                "document.not_processed_yet", "Tryton has yet to process the confirmed return.", after=GRACE
            )
        orders = await self._writes.by_web_id(record.order_external_id)
        return Found(
            documents=tuple(turned(document_of(sale, self._orders.address(sale.id))) for sale in ours),
            basis=document_of(orders[0], self._orders.address(orders[0].id)) if orders else None,
        )

    async def numbered(self, number: str) -> Sequence[FoundDocument]:
        return [turned(found) for found in await self._orders.numbered(number)]

    def next_step(self, record: CreditDocument, found: Found) -> Step | Reason | None:
        return credit_steps.next_step(record, found)

    async def do(self, step: Step) -> Evidence:
        return redacted_evidence(await self._writes.carry_out(step.payload), step)

    def render(self, record: CreditDocument) -> Mapping[str, Json]:
        return credit_steps.create(record, SinkKey("0")).payload

    def listed(self, span: Span) -> AsyncIterator[Page[Listed]]:
        return self._orders.listed(span)

    def fields(self) -> Sequence[HostField]:
        return self._orders.fields()

    async def choices(self, field: str) -> Sequence[Choice]:
        return await self._orders.choices(field)


def turned(found: FoundDocument) -> FoundDocument:
    """A credit counts what is given back as positive, a sale of returned goods as negative."""
    return replace(
        found,
        total=None if found.total is None else -found.total,
        tax_total=None if found.tax_total is None else -found.tax_total,
        lines=tuple(
            FoundLine(item=line.item, quantity=-line.quantity, net=None if line.net is None else -line.net)
            for line in found.lines or ()
        ),
    )
