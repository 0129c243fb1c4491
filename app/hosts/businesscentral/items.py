"""Business Central's items as we read them: an item is a product, its variants are what is sold where it has any."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from app.domain.money import Money
from app.domain.product import Item, Product
from app.hosts.businesscentral import since
from app.hosts.businesscentral.access import GUID
from app.hosts.businesscentral.client import BusinessCentral, ask
from app.hosts.businesscentral.directory import Directory
from app.hosts.businesscentral.odata import any_of
from app.hosts.businesscentral.wire import Row
from app.ports import Change, Page, Span

_SELECT = (
    "id,number,displayName,type,itemCategoryId,itemCategoryCode,generalProductPostingGroupCode,blocked,gtin,"
    "unitPrice,unitCost,lastModifiedDateTime"
)
_LISTED = "id,number,displayName,lastModifiedDateTime"
_GOODS = "type ne 'Service'"
_AT_ONCE = 20
"""Ids in one condition: it is part of an address."""


class Stamped(Row, frozen=True, kw_only=True):
    number: str
    last_modified_date_time: str


class ItemRow(Stamped, frozen=True, kw_only=True):
    display_name: str = ""
    item_category_code: str = ""
    general_product_posting_group_code: str = ""
    blocked: bool = False
    gtin: str = ""
    unit_price: Decimal
    unit_cost: Decimal = Decimal(0)


class VariantRow(Row, frozen=True, kw_only=True):
    item_id: str
    item_number: str
    code: str
    description: str = ""


class CategoryRow(Row, frozen=True, kw_only=True):
    code: str
    display_name: str = ""


class CentralItems:
    """Implements `Source[Product]` and `Many`, for goods. The first list holds what is sold, later ones everything.

    A variant has no price and no time of change of its own: both are its item's.
    """

    def __init__(self, central: BusinessCentral, directory: Directory) -> None:
        self._central, self._directory = central, directory
        self._categories: dict[str, str] = {}

    async def get(self, key: str) -> Product | None:
        return (await self.many([key])).get(key)

    async def many(self, keys: Sequence[str]) -> Mapping[str, Product]:
        """By one call for twenty of them, blocked ones among them."""
        ids = [key for key in keys if GUID.fullmatch(key)]
        found: dict[str, Product] = {}
        for start in range(0, len(ids), _AT_ONCE):
            found |= await self._read(ids[start : start + _AT_ONCE])
        return found

    async def _read(self, ids: Sequence[str]) -> dict[str, Product]:
        items, variants = await self._central.together(
            (ItemRow, ask("items", filter=any_of("id", ids), select=_SELECT)),
            (VariantRow, ask("itemVariants", filter=any_of("itemId", ids))),
        )
        below: defaultdict[str, list[VariantRow]] = defaultdict(list)
        for variant in variants:
            below[variant.item_id.lower()].append(variant)
        if any(row.item_category_code not in {"", *self._categories} for row in items):
            rows = await self._central.rows(CategoryRow, ask("itemCategories", select="id,code,displayName"))
            self._categories = {row.code: row.display_name or row.code for row in rows}
        currency = await self._directory.currency()
        return {row.id.lower(): self._product(row, below[row.id.lower()], currency) for row in items}

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        """Stock does not count as a change of an item, and neither does one of its variants'."""
        async for rows, where in since.pages(
            self._central, Stamped, "items", cursor, select=_LISTED, also=_GOODS, first="blocked eq false"
        ):
            yield Page(items=tuple(since.change_of(row) for row in rows), cursor=where)

    async def cursor_at(self, at: datetime) -> str:
        return since.cursor_of(at)

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        async for page in since.between(self.changes(since.cursor_of(span.since)), span):
            yield page

    def _product(self, row: ItemRow, variants: Sequence[VariantRow], currency: str) -> Product:
        at = since.version(row)
        code = row.item_category_code
        group = row.general_product_posting_group_code
        sold = sorted(variants, key=lambda each: each.code)
        return Product(
            key=row.id.lower(),
            name=row.display_name,
            category=self._categories.get(code, code) or None,
            criteria={"posting_group": group} if group else {},
            items=tuple(_item(row, variant, currency, at) for variant in sold)
            or (_item(row, None, currency, at),),
            updated_at=at,
        )


def _item(row: ItemRow, variant: VariantRow | None, currency: str, at: datetime) -> Item:
    """0 of a cost is Business Central's way of saying none."""
    return Item(
        sku=row.number if variant is None else f"{row.number}-{variant.code}",
        host_id=row.id if variant is None else variant.id,
        name=row.display_name,
        variant=(variant.description or variant.code) if variant else None,
        price=Money(amount=row.unit_price, currency=currency),
        cost=Money(amount=row.unit_cost, currency=currency) if row.unit_cost else None,
        barcode=row.gtin or None if variant is None else None,
        active=not row.blocked,
        updated_at=at,
    )
