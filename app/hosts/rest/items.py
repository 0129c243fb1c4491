"""The products of any ERP as its connection document says they are read: what changed since a moment, and one group whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from app.domain.money import Money
from app.domain.product import Item, Product
from app.errors import Rejected, Retry
from app.hosts.rest.client import Caller
from app.hosts.rest.description import ItemFields, Items
from app.hosts.rest.lists import ChangeList
from app.hosts.rest.rows import Row
from app.ports import Change, Page, Span


class RestItems:
    """Implements `Source[Product]`."""

    def __init__(self, caller: Caller, items: Items) -> None:
        self._caller, self._items = caller, items
        self._list = ChangeList(caller, items.changes)
        self._manner = caller.manner(amounts=items.amounts)

    async def get(self, key: str) -> Product | None:
        row = await self._caller.one(self._items.get, {"key": key}, manner=self._manner)
        if row is None:
            return None
        try:
            return self._product(key, row)
        except Retry as cause:
            raise Rejected("product.unreadable", f"Product {key} can't be read: {cause.sentence}") from cause

    def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        return self._list.changes(cursor)

    async def cursor_at(self, at: datetime) -> str:
        return await self._list.cursor_at(at)

    def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        return self._list.between(span)

    def _product(self, key: str, row: Row) -> Product | None:
        fields = self._items.fields
        whole = row.instant(fields.updated_at)
        items = tuple(_item(each, fields.items, whole) for each in row.rows(fields.items.rows))
        if not items:
            return None
        criteria = {name: row.text(path) for name, path in fields.criteria.items()}
        return Product(
            key=key,
            name=row.needed(fields.name),
            description=row.text(fields.description),
            category=row.text(fields.category),
            tags=tuple(sorted(set(row.texts(fields.tags)))),
            criteria={name: value for name, value in criteria.items() if value is not None},
            items=items,
            updated_at=whole or max(item.updated_at for item in items),
        )


def _item(row: Row, fields: ItemFields, whole: datetime | None) -> Item:
    currency = row.text(fields.currency)

    def money(path: str | None) -> Money | None:
        amount = row.amount(path, currency)
        return Money(amount=amount, currency=currency) if amount is not None and currency else None

    sku = row.needed(fields.sku)
    return Item(
        sku=sku,
        host_id=row.text(fields.key) or sku,
        name=row.needed(fields.name),
        variant=row.text(fields.variant),
        price=money(fields.price),
        cost=money(fields.cost),
        quantity=row.number(fields.quantity),
        barcode=row.text(fields.barcode),
        weight=row.number(fields.weight),
        active=fields.active is None or row.flag(fields.active),
        updated_at=whole
        if whole is not None and fields.updated_at is None
        else row.moment(fields.updated_at or "@"),
    )
