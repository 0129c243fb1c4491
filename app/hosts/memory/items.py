"""The demo ERP's products as we read them: what changed since a moment, and one group whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import quote

from app.domain.money import Money
from app.domain.product import Item, Product
from app.errors import Rejected
from app.hosts.memory import wire
from app.ports import Change, Page, Span

if TYPE_CHECKING:
    from app.hosts.memory.adapter import Caller

_OVERLAP = timedelta(minutes=5)


class MemoryItems:
    """Implements `Source[Product]`. The first list holds what is sold, later ones also what is sold no more."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def get(self, key: str) -> Product | None:
        found = await self._caller.read_or_none(wire.Wares, f"/v1/products/{quote(key, safe='')}")
        if found is None or not found.wares:
            return None
        return _product(key, found.wares)

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        """What can't be read is left out, and holds up nothing: it is listed again when it changes."""
        since, after, newest = cursor or "", "", cursor or ""
        while True:
            query = {"since": since, "after": after}
            page = await self._caller.read(wire.Wares, "/v1/products", query)
            listed = {ware.group: _moment(ware.changed_at) for ware in page.wares if ware.group}
            changes = tuple(Change(key=key, version=at) for key, at in listed.items() if at is not None)
            newest = max([newest, *(_overlapped(change.version) for change in changes)])
            yield Page(items=changes, cursor=newest)
            if page.next is None:
                return
            after = page.next

    async def cursor_at(self, at: datetime) -> str:
        return at.astimezone(UTC).isoformat(timespec="microseconds")

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        """Everything that changed in the span."""
        async for page in self.changes(await self.cursor_at(span.since)):
            kept = tuple(change for change in page.items if change.version < span.until)
            yield Page(items=kept, cursor=page.cursor)


def _overlapped(at: datetime) -> str:
    return (at - _OVERLAP).astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _product(key: str, wares: tuple[wire.Ware, ...]) -> Product:
    first = wares[0]
    changed = [_moment(ware.changed_at) for ware in wares]
    known = [at for at in changed if at is not None]
    if len(known) < len(changed):
        raise Rejected("product.unreadable", f"Product {key} has a time of change that is none.")
    return Product(
        key=key,
        name=first.title,
        description=first.description,
        category=first.category,
        tags=tuple(sorted({tag for ware in wares for tag in ware.tags})),
        criteria=first.criteria,
        items=tuple(_item(ware, at) for ware, at in zip(wares, known, strict=True)),
        updated_at=max(known),
    )


def _item(ware: wire.Ware, at: datetime) -> Item:
    def amount(figure: Decimal | None) -> Money | None:
        return Money(amount=figure, currency=ware.currency) if figure is not None else None

    return Item(
        sku=ware.sku,
        host_id=ware.sku,
        name=ware.title,
        variant=ware.variant,
        price=amount(ware.price),
        cost=amount(ware.cost),
        quantity=ware.quantity,
        barcode=ware.barcode,
        weight=ware.weight,
        active=ware.active,
        updated_at=at,
    )
