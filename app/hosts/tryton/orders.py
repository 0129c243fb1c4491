"""Orders into Tryton: what is there, which step is next, and that step."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from typing import cast
from urllib.parse import quote

from app.domain.document import FoundDocument, SalesDocument
from app.domain.ids import SinkKey
from app.errors import Reason, Retry
from app.hosts.tryton import steps
from app.hosts.tryton.client import Tryton
from app.hosts.tryton.directory import Directory
from app.hosts.tryton.records import LISTING_FIELDS, SALE_FIELDS, Listing, Product, Sale
from app.hosts.tryton.stage import document_of, stage_of, state_of
from app.hosts.tryton.wire import moment
from app.hosts.tryton.writes import Writes
from app.outbound import redacted
from app.ports import Choice, Evidence, Found, HostField, Json, Listed, Page, Span, Step

_PAGE = 200
_MOST_LIKELY = 5
GRACE = timedelta(seconds=20)


class TrytonOrders:
    """Implements `Sink[SalesDocument]`. A sale is found by (web_shop, web_id), which the database keeps unique."""

    def __init__(self, tryton: Tryton, directory: Directory, writes: Writes, place: str) -> None:
        self._tryton = tryton
        self._directory = directory
        self._writes = writes
        self._place = place

    async def find(self, record: SalesDocument, *, likely: bool = False) -> Found:
        ours = await self._writes.by_web_id(record.external_id)
        if any(steps.waits_for_invoice(record, stage_of(sale)) for sale in ours):
            raise Retry(
                "document.not_processed_yet", "Tryton has yet to process the confirmed sale.", after=GRACE
            )
        doubles = await self._doubles(record) if likely else []
        return Found(
            documents=tuple(document_of(sale, self.address(sale.id)) for sale in ours),
            likely=tuple(document_of(sale, self.address(sale.id)) for sale in doubles),
        )

    async def numbered(self, number: str) -> Sequence[FoundDocument]:
        """A number is one of a company's and a year's: several may bear it."""
        domain: Json = [["number", "=", number.strip()]]
        rows = await self._tryton.find(Sale, "sale.sale", SALE_FIELDS, domain, most=_MOST_LIKELY)
        return [document_of(sale, self.address(sale.id)) for sale in rows]

    def next_step(self, record: SalesDocument, found: Found) -> Step | Reason | None:
        return steps.next_step(record, found)

    async def do(self, step: Step) -> Evidence:
        return redacted_evidence(await self._writes.carry_out(step.payload), step)

    def render(self, record: SalesDocument) -> Mapping[str, Json]:
        return steps.create(record).payload

    async def listed(self, span: Span) -> AsyncIterator[Page[Listed]]:
        shop, last = await self._tryton.shop(), 0
        while True:
            domain: Json = [
                ["web_shop", "=", shop.id],
                ["create_date", ">=", moment(span.since.astimezone(UTC))],
                ["create_date", "<", moment(span.until.astimezone(UTC))],
                ["id", ">", last],
            ]
            rows = await self._tryton.find(Listing, "sale.sale", LISTING_FIELDS, domain, most=_PAGE)
            if rows:
                last = rows[-1].id
            yield Page(items=tuple(_listed(row) for row in rows), cursor=str(last))
            if len(rows) < _PAGE:
                return

    def fields(self) -> Sequence[HostField]:
        return (
            HostField(name="item", label="Product", required=True, choices=True),
            HostField(name="tax", label="Tax", required=True, choices=True),
            HostField(name="method", label="Payment journal", required=True, choices=True),
            HostField(
                name="rounding_item", label="Product for rounding differences", required=True, choices=True
            ),
            HostField(name="location", label="Warehouse", choices=True),
            HostField(name="shipping_method", label="Carrier", choices=True),
            HostField(name="note", label="Comment"),
        )

    async def choices(self, field: str) -> Sequence[Choice]:
        if field in {"item", "rounding_item"}:
            return await self._products()
        names = {
            "tax": "tax",
            "method": "payment_method",
            "location": "warehouse",
            "shipping_method": "shipping_method",
        }
        found = await self._directory.names(names[field]) if field in names else []
        return [Choice(code=name, label=name) for name in found]

    async def _products(self) -> list[Choice]:
        """Services alone: what charges are booked on. Goods are matched by SKU and are too many to choose from."""
        domain: Json = [["template.type", "=", "service"], ["salable", "=", True]]
        rows = await self._tryton.find(Product, "product.product", ("code", "sale_uom.id"), domain)
        return [Choice(code=row.code, label=row.code) for row in rows if row.code]

    async def _doubles(self, record: SalesDocument) -> list[Sale]:
        """Sales that show the same order name and are none of ours for another order."""
        kind = record.external_id.split("-", maxsplit=1)[0] + "-"
        domain: Json = [["reference", "=", record.reference], ["state", "!=", "cancelled"]]
        rows = await self._tryton.find(Sale, "sale.sale", SALE_FIELDS, domain, most=_MOST_LIKELY)
        return [row for row in rows if not (row.web_id or "").startswith(kind)]

    def address(self, sale: int) -> str:
        """Where Tryton's own web client shows the sale."""
        return f"{self._place}/model/sale.sale/{quote(str(sale))}"


def redacted_evidence(evidence: Evidence, step: Step) -> Evidence:
    return replace(evidence, request=cast("Mapping[str, Json]", redacted(dict(step.payload))))


def _listed(row: Listing) -> Listed:
    return Listed(
        sink_key=SinkKey(str(row.id)),
        external_id=row.web_id,
        number=row.number,
        total=row.total_amount.value if row.total_amount else None,
        currency=row.currency.code,
        state=state_of(row.state),
    )
