"""Odoo's prices as we read them: sales prices in the company's currency, and the fixed prices of its price lists as tiers.

A list's percentages and formulas are no prices of single products and are not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from app.domain.listing import further
from app.domain.price import PriceReading
from app.hosts.odoo.client import Odoo
from app.hosts.odoo.directory import Directory, PricelistRow
from app.hosts.odoo.wire import Domain, Named, Row, instant
from app.ports import Choice, Json, PricePage

_PAGE = 1_500
"""Products; with their prices in lists two calls, of which a thousand items are to take three at most."""
_ROWS = 4_000
"""Rows of price lists that one call reads: mostly a quarter of a kilobyte each, and five times that fits into an answer."""
_FIELDS = ("default_code", "lst_price", "product_tmpl_id")
_ITEMS = "product.pricelist.item"
_ITEM_FIELDS = ("pricelist_id", "product_id", "product_tmpl_id", "fixed_price", "min_quantity")


class Priced(Row, frozen=True, kw_only=True):
    default_code: str | None = None
    lst_price: Decimal
    product_tmpl_id: Named


class Fixed(Row, frozen=True, kw_only=True):
    """A price of a list; without a product it is one of all variants of the template."""

    pricelist_id: Named
    product_id: Named | None = None
    product_tmpl_id: Named | None = None
    fixed_price: Decimal
    min_quantity: Decimal = Decimal(0)


class OdooPrices:
    """Implements `ports.PriceSource`. A cursor is the last product's number."""

    def __init__(self, odoo: Odoo, directory: Directory) -> None:
        self._odoo, self._directory = odoo, directory

    async def page(self, cursor: str | None) -> PricePage:
        rows = await self._products([["id", ">", int(cursor or 0)]], _PAGE)
        return PricePage(
            readings=await self._readings(rows), next=str(rows[-1].id) if len(rows) == _PAGE else None
        )

    async def of(self, items: Sequence[str]) -> tuple[PriceReading, ...]:
        """However many products have one of the codes: Odoo does not keep them unique."""
        readings: list[PriceReading] = []
        for start in range(0, len(items), _PAGE):
            rows = await self._products([["default_code", "in", [*items[start : start + _PAGE]]]], None)
            readings += await self._readings(rows)
        return tuple(readings)

    async def tiers(self) -> Sequence[Choice]:
        return tuple(Choice(code=row.name, label=row.name) for row in await self._directory.pricelists())

    async def _products(self, which: Domain, most: int | None) -> list[Priced]:
        sold: Domain = [["sale_ok", "=", True], ["default_code", "!=", False], *which]
        return await self._odoo.rows(Priced, "product.product", sold, _FIELDS, most=most)

    async def _readings(self, rows: Sequence[Priced]) -> tuple[PriceReading, ...]:
        currency, at = (await self._odoo.company()).currency, datetime.now(UTC)
        base = [
            PriceReading(item=row.default_code or "", price=row.lst_price, currency=currency, observed_at=at)
            for row in rows
        ]
        lists = {row.id: row for row in await self._directory.pricelists()}
        fixed = await self._fixed(rows, lists, at) if rows and lists else []
        return (*base, *_tiers(rows, fixed, lists, at))

    async def _fixed(
        self, rows: Sequence[Priced], lists: dict[int, PricelistRow], at: datetime
    ) -> list[Fixed]:
        """Those that count for one piece, today; a page of products has more of them the more lists there are."""
        templates: list[Json] = [*sorted({row.product_tmpl_id.id for row in rows})]
        now = instant(at)
        domain: Domain = [
            ["pricelist_id", "in", [*lists]],
            ["compute_price", "=", "fixed"],
            ["product_tmpl_id", "in", templates],
            ["min_quantity", "<=", 1],
            "|",
            ["date_start", "=", False],
            ["date_start", "<=", now],
            "|",
            ["date_end", "=", False],
            ["date_end", ">=", now],
        ]
        found: list[Fixed] = []
        last, over = 0, False
        while not over:
            page = await self._odoo.rows(
                Fixed, _ITEMS, [["id", ">", last], *domain], _ITEM_FIELDS, most=_ROWS
            )
            found += page
            last, over = further(page, last), len(page) < _ROWS
        return found


def _tiers(
    rows: Sequence[Priced], fixed: Sequence[Fixed], lists: dict[int, PricelistRow], at: datetime
) -> Iterator[PriceReading]:
    """A price of the variant before one of its template, and of those the one that was made last."""
    by_template: dict[int, list[Priced]] = {}
    for row in rows:
        by_template.setdefault(row.product_tmpl_id.id, []).append(row)
    chosen: dict[tuple[int, int], Fixed] = {}
    for price in sorted(fixed, key=lambda one: (one.product_id is not None, one.min_quantity, one.id)):
        template = price.product_tmpl_id.id if price.product_tmpl_id else 0
        for row in by_template.get(template, []):
            if price.product_id is None or price.product_id.id == row.id:
                chosen[price.pricelist_id.id, row.id] = price
    codes = {row.id: row.default_code or "" for row in rows}
    for (number, product), price in chosen.items():
        yield PriceReading(
            item=codes[product],
            price=price.fixed_price,
            currency=lists[number].currency,
            observed_at=at,
            tier=lists[number].name,
        )
