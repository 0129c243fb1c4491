"""An ERP's products in memory, told what to say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.money import Money
from app.domain.product import Item, Product
from app.ports import Change, Page, Span

BEGAN = datetime(2026, 5, 1, 8, tzinfo=UTC)


def item(sku: str = "CUP-RED", **said: Any) -> Item:
    usual: dict[str, Any] = {
        "host_id": sku,
        "name": "Cup",
        "variant": None,
        "price": Money(amount=Decimal("12.50"), currency="EUR"),
        "cost": Money(amount=Decimal("4.20"), currency="EUR"),
        "quantity": Decimal(7),
        "barcode": "4006381333931",
        "weight": Decimal(250),
        "updated_at": BEGAN,
    }
    return Item(sku=sku, **(usual | said))


def product(key: str = "G-1", *items: Item, **said: Any) -> Product:
    usual: dict[str, Any] = {
        "name": "Cup",
        "description": "Holds tea.\n\nAnd <b>coffee</b>.",
        "category": "Kitchen",
        "tags": ("web",),
        "items": items or (item(),),
        "updated_at": BEGAN,
    }
    return Product(key=key, **(usual | said))


@dataclass(kw_only=True)
class FakeItems:
    """Implements `Source[Product]`."""

    products: dict[str, Product] = field(default_factory=dict)
    moments: int = 0

    def say(self, said: Product) -> Product:
        """The ERP changes it now."""
        self.moments += 1
        at = BEGAN + timedelta(seconds=self.moments)
        self.products[said.key] = replace(said, updated_at=at)
        return self.products[said.key]

    async def get(self, key: str) -> Product | None:
        return self.products.get(key)

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        changes = [Change(key=p.key, version=p.updated_at) for p in self.products.values()]
        yield Page(
            items=tuple(c for c in changes if c.version.isoformat() >= (cursor or "")), cursor=cursor or ""
        )

    async def cursor_at(self, at: datetime) -> str:
        return at.isoformat()

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        async for page in self.changes(span.since.isoformat()):
            yield page
