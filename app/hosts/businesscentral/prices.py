"""Business Central's prices as we read them: each item's unit price, in the company's currency.

Price lists and customers' price groups are not part of its API.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from app.domain.price import PriceReading
from app.hosts.businesscentral.client import BusinessCentral, ask
from app.hosts.businesscentral.directory import Directory, fitting
from app.hosts.businesscentral.odata import one_of, text
from app.hosts.businesscentral.wire import Row, Variant
from app.ports import Choice, PricePage

_SELECT = "id,number,unitPrice"
_SOLD = "blocked eq false"
_PAGE = 5_000
_AT_ONCE = 40


class Priced(Row, frozen=True, kw_only=True):
    number: str
    unit_price: Decimal


class CentralPrices:
    """Implements `ports.PriceSource`. A cursor is the last item's number, by which the list is ordered."""

    def __init__(self, central: BusinessCentral, directory: Directory) -> None:
        self._central, self._directory = central, directory

    async def page(self, cursor: str | None) -> PricePage:
        condition = f"{_SOLD} and number gt {text(cursor)}" if cursor else _SOLD
        path = ask("items", filter=condition, select=_SELECT, orderby="number")
        at = datetime.now(UTC)
        rows: list[Priced] = []
        more = None
        # A page may be empty although others follow: what is filtered out is left out of a page, not made up for.
        async for rows, last in self._central.pages(Priced, path, most=_PAGE):
            more = rows[-1].number if rows and not last else None
            if rows:
                break
        return PricePage(readings=await self._readings(rows, at), next=more)

    async def of(self, items: Sequence[str]) -> tuple[PriceReading, ...]:
        wanted = {item.upper(): item for item in items}
        readings: list[PriceReading] = []
        told = sorted(wanted)
        for start in range(0, len(told), _AT_ONCE):
            some = told[start : start + _AT_ONCE]
            numbers = fitting([*some, *(sku.rpartition("-")[0] for sku in some)])
            if not numbers:
                continue
            at = datetime.now(UTC)
            rows = await self._central.rows(
                Priced, ask("items", filter=one_of("number", numbers), select=_SELECT, orderby="number")
            )
            found = await self._readings(rows, at)
            readings += [each for each in found if each.item.upper() in some]
        return tuple(readings)

    async def tiers(self) -> Sequence[Choice]:
        return ()

    async def _readings(self, rows: Sequence[Priced], at: datetime) -> tuple[PriceReading, ...]:
        currency = await self._directory.currency()
        variants = await self._variants(rows)
        return tuple(
            PriceReading(item=sku, price=row.unit_price, currency=currency, observed_at=at)
            for row in rows
            for sku in variants.get(row.number, [row.number])
        )

    async def _variants(self, rows: Sequence[Priced]) -> dict[str, list[str]]:
        """SKUs of the items that have variants, by the items' numbers; in the order in which the items were told."""
        if not rows:
            return {}
        condition = f"itemNumber ge {text(rows[0].number)} and itemNumber le {text(rows[-1].number)}"
        found: dict[str, list[str]] = {}
        path = ask("itemVariants", filter=condition, select="id,itemNumber,code")
        for variant in await self._central.rows(Variant, path):
            found.setdefault(variant.item_number, []).append(f"{variant.item_number}-{variant.code}")
        return found
