"""Orders into Odoo: what is there, which step is next, and that step."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import cast

from app.domain.document import FoundDocument, SalesDocument
from app.domain.ids import SinkKey
from app.errors import Reason
from app.hosts.odoo import steps
from app.hosts.odoo.client import Odoo
from app.hosts.odoo.directory import Directory
from app.hosts.odoo.payload import TEAM
from app.hosts.odoo.reading import SALES, Reading
from app.hosts.odoo.records import LISTING_FIELDS, Article, Listing, Sale
from app.hosts.odoo.stage import state_of
from app.hosts.odoo.wire import Domain, instant, money
from app.hosts.odoo.writes import Writes
from app.outbound import redacted
from app.ports import PRICE_LEVEL, Choice, Evidence, Found, HostField, Json, Listed, Page, Span, Step

_PAGE = 200
_MOST_LIKELY = 5


class OdooOrders:
    """Implements `Sink[SalesDocument]`. Our key is a sale's customer reference, which Odoo neither copies nor keeps unique."""

    def __init__(self, odoo: Odoo, directory: Directory, reading: Reading, writes: Writes) -> None:
        self._odoo, self._directory, self._reading, self._writes = odoo, directory, reading, writes

    async def find(self, record: SalesDocument, *, likely: bool = False) -> Found:
        ours, doubles = await self._ours_and_alike(record) if likely else (await self._ours(record), [])
        return Found(
            documents=tuple(await self._reading.documents(ours, money=bool(record.payments))),
            likely=tuple(await self._reading.documents(doubles, money=False)),
        )

    async def numbered(self, number: str) -> Sequence[FoundDocument]:
        found = await self._reading.sales([["name", "=", number.strip()]], most=_MOST_LIKELY)
        return await self._reading.seen(found)

    def next_step(self, record: SalesDocument, found: Found) -> Step | Reason | None:
        return steps.next_step(record, found)

    async def do(self, step: Step) -> Evidence:
        return redacted_evidence(await self._writes.carry_out(step.payload), step)

    def render(self, record: SalesDocument) -> Mapping[str, Json]:
        return steps.create(record).payload

    async def listed(self, span: Span) -> AsyncIterator[Page[Listed]]:
        company, last = (await self._odoo.company()).id, 0
        while True:
            domain: Domain = [
                ["company_id", "=", company],
                ["client_order_ref", "=like", "order-%"],
                ["create_date", ">=", instant(span.since)],
                ["create_date", "<", instant(span.until)],
                ["id", ">", last],
            ]
            rows = await self._odoo.rows(Listing, SALES, domain, LISTING_FIELDS, most=_PAGE)
            if rows:
                last = rows[-1].id
            yield Page(items=tuple(_listed(row) for row in rows), cursor=str(last))
            if len(rows) < _PAGE:
                return

    def fields(self) -> Sequence[HostField]:
        return (
            HostField(name="item", label="Product", required=True, choices=True),
            HostField(name="tax", label="Tax", required=True, choices=True),
            HostField(name="method", label="Journal", required=True, choices=True),
            HostField(
                name="rounding_item", label="Product for rounding differences", required=True, choices=True
            ),
            HostField(name="location", label="Warehouse", choices=True),
            HostField(name="shipping_method", label="Delivery method", choices=True),
            HostField(name=PRICE_LEVEL.name, label="Price list", choices=True),
            HostField(name=TEAM, label="Sales team", choices=True),
            HostField(name="note", label="Terms and conditions"),
        )

    async def choices(self, field: str) -> Sequence[Choice]:
        if field in {"item", "rounding_item"}:
            return await self._services()
        names = {
            "tax": "tax",
            "method": "payment_method",
            "location": "warehouse",
            "shipping_method": "shipping_method",
            PRICE_LEVEL.name: "pricelist",
            TEAM: "sales_team",
        }
        found = await self._directory.names(names[field]) if field in names else []
        return [Choice(code=code, label=name) for code, name in found]

    async def _services(self) -> list[Choice]:
        """What charges are booked on. Goods are matched by SKU and are too many to choose from."""
        domain: Domain = [["type", "=", "service"], ["sale_ok", "=", True], ["default_code", "!=", False]]
        rows = await self._odoo.rows(Article, "product.product", domain, ("default_code", "type"), most=_PAGE)
        return [Choice(code=row.default_code, label=row.default_code) for row in rows if row.default_code]

    async def _ours(self, record: SalesDocument) -> list[Sale]:
        return await self._reading.by_key(record.external_id)

    async def _ours_and_alike(self, record: SalesDocument) -> tuple[list[Sale], list[Sale]]:
        """And sales that show the same order name, wherever another connector or a person wrote it; all by one call."""
        kind = record.external_id.split("-", maxsplit=1)[0] + "-"
        domain: Domain = [
            "|",
            ["client_order_ref", "in", [record.external_id, record.reference]],
            ["origin", "=", record.reference],
        ]
        rows = await self._reading.sales(domain)
        ours = [row for row in rows if row.client_order_ref == record.external_id]
        others = [row for row in rows if not (row.client_order_ref or "").startswith(kind)]
        return ours, [row for row in others if row.state != "cancel"][:_MOST_LIKELY]


def redacted_evidence(evidence: Evidence, step: Step) -> Evidence:
    return replace(evidence, request=cast("Mapping[str, Json]", redacted(dict(step.payload))))


def _listed(row: Listing) -> Listed:
    currency = row.currency_id.display_name or ""
    return Listed(
        sink_key=SinkKey(str(row.id)),
        external_id=row.client_order_ref,
        number=row.name,
        total=money(row.amount_total, currency) or Decimal(0),
        currency=currency,
        state=state_of(row.state),
    )
