"""Refunds into Business Central: a credit memo of the order's customer, and the money that went back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from app.domain.credit import CreditDocument
from app.domain.document import FoundDocument
from app.domain.ids import SinkKey
from app.errors import Reason
from app.hosts.businesscentral import credit_steps, keys
from app.hosts.businesscentral.client import WITH_LINES, BusinessCentral, ask
from app.hosts.businesscentral.credit_stage import LINES, MEMOS, credit_document, state_of
from app.hosts.businesscentral.crediting import Crediting, credits_of
from app.hosts.businesscentral.directory import Directory
from app.hosts.businesscentral.odata import instant, text
from app.hosts.businesscentral.orders import CentralOrders, with_request
from app.hosts.businesscentral.reading import Reading, Rows, booked_of, ours
from app.hosts.businesscentral.stage import Booked, Names, money, spelled, whole_key
from app.hosts.businesscentral.wire import NOBODY, CreditMemo, JournalLine, SalesInvoice
from app.hosts.businesscentral.writes import Writes
from app.ports import Choice, Evidence, Found, HostField, Json, Listed, Page, Span, Step

_DAY = timedelta(days=1)


class CentralCredits:
    """Implements `Sink[CreditDocument]`. A credit's number is the order's with a digest of its own key behind it."""

    def __init__(
        self,
        central: BusinessCentral,
        directory: Directory,
        reading: Reading,
        orders: CentralOrders,
        writes: Writes,
        crediting: Crediting,
    ) -> None:
        self._central, self._directory, self._reading = central, directory, reading
        self._orders, self._writes, self._crediting = orders, writes, crediting

    async def find(self, record: CreditDocument, *, likely: bool = False) -> Found:
        """One call: its credits, the order with what was paid on it, and the money that went back."""
        order, key = record.order_external_id, record.external_id
        numbers = {keys.payment_number(key, each.key): str(each.key) for each in record.payments}
        back = await self._reading.payments_asked(numbers, record.payments, "journals", "journalLines")
        basis = self._reading.asked(ours(order))
        paid = await self._reading.payments_of(order)
        told = _spelled(record)
        asked = [*credits_of(order), *basis, *back, *paid]
        found = await self._reading.beside([*told.values()], asked)
        memos, invoices, orders, bills, shipments = found[:5]
        rows = Rows(
            orders=[row for row in orders if keys.is_order(row.external_document_number, order)],
            invoices=[row for row in bills if keys.is_order(row.external_document_number, order)],
            shipments=[row for row in shipments if keys.is_order(row.external_document_number, order)],
            booked=by_comment(found[5 + len(back) :], order),
        )
        mine = [
            row for row in (*memos, *invoices) if keys.is_credit(row.external_document_number, order, key)
        ]
        booked = booked_of(found[5 : 5 + len(back)], numbers)
        return Found(
            documents=tuple(await self._documents(mine, told, booked, key)),
            basis=_basis(await self._reading.documents(rows, told), record),
        )

    async def numbered(self, number: str) -> Sequence[FoundDocument]:
        asked = ask(MEMOS, filter=f"number eq {text(number.strip().upper()[:20])}", expand=LINES[MEMOS])
        return await self._documents(
            await self._central.rows(CreditMemo, asked), {}, Booked(amounts={}), None
        )

    def next_step(self, record: CreditDocument, found: Found) -> Step | Reason | None:
        return credit_steps.next_step(record, found)

    async def do(self, step: Step) -> Evidence:
        if step.payload["action"] == "cancel":
            return with_request(await self._writes.carry_out(step.payload), step)
        return with_request(await self._crediting.carry_out(step.payload), step)

    def render(self, record: CreditDocument) -> Mapping[str, Json]:
        return credit_steps.create(credit_steps.booked(record), None).payload

    async def listed(self, span: Span) -> AsyncIterator[Page[Listed]]:
        """As orders are listed."""
        until = (span.until + _DAY).date().isoformat()
        condition = f"lastModifiedDateTime ge {instant(span.since)} and creditMemoDate le {until}"
        path = ask(MEMOS, filter=condition, expand=LINES[MEMOS])
        async for rows, _ in self._central.pages(CreditMemo, path, most=WITH_LINES):
            yield Page(items=tuple(_listed(row) for row in rows if _whole(row)), cursor="")

    def fields(self) -> Sequence[HostField]:
        return self._orders.fields()

    async def choices(self, field: str) -> Sequence[Choice]:
        return await self._orders.choices(field)

    async def _documents(
        self,
        rows: Sequence[CreditMemo | SalesInvoice],
        told: Mapping[str, str],
        booked: Booked,
        external_id: str | None,
    ) -> list[FoundDocument]:
        """Oldest first."""
        strange = {line.item_variant_id for row in rows for line in row.lines} - {NOBODY}
        variants = await self._directory.variants(strange) if strange else {}
        names = Names(spelled=dict(told), variants=variants)
        made = [
            credit_document(row, names, booked) for row in sorted(rows, key=lambda row: (row.number, row.id))
        ]
        return [replace(each, external_id=external_id or each.external_id) for each in made]


def by_comment(found: Sequence[Sequence[JournalLine]], external_id: str) -> Booked:
    """An order's payments by the key that each line's comment ends in."""
    amounts: dict[str, Decimal | None] = {
        row.comment.removeprefix(f"{external_id}/"): abs(row.amount)
        for rows in found
        for row in rows
        if row.comment.startswith(f"{external_id}/")
    }
    return Booked(amounts=amounts)


def _spelled(record: CreditDocument) -> dict[str, str]:
    told = [line.item for line in credit_steps.booked(record).lines] + [each.item for each in record.goods]
    return spelled([*told, *([record.rounding_item] if record.rounding_item else [])])


def _basis(there: Sequence[FoundDocument], record: CreditDocument) -> FoundDocument | None:
    """One that was cancelled is the order's only where there is no other."""
    alive = [each for each in there if each.state.value in {"open", "posted"}] or list(there)
    return replace(alive[0], external_id=record.order_external_id) if alive else None


def _whole(row: CreditMemo) -> str | None:
    return whole_key(row.lines, ("refund-",))


def _listed(row: CreditMemo) -> Listed:
    return Listed(
        sink_key=SinkKey(row.id.lower()),
        external_id=_whole(row),
        number=row.number,
        total=money(row.total_amount_including_tax, row.currency_code),
        currency=row.currency_code,
        state=state_of(row.status),
    )
