"""Business Central's prices as we read them: each item's unit price, in the company's currency.

Price lists and customers' price groups are not part of its API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from app.domain.price import PriceReading
from app.hosts.businesscentral.client import BusinessCentral, ask
from app.hosts.businesscentral.directory import Directory, fitting, sku_of
from app.hosts.businesscentral.odata import one_of, text
from app.hosts.businesscentral.wire import Row, Variant
from app.ports import Choice, PricePage

_SELECT = "id,number,unitPrice"
_CODES = "id,itemNumber,code"
_SOLD = "blocked eq false"
_PAGE = 1_000
_VARIANTS = 5_000
_MOST_VARIANTS = 20_000
"""For one page of items: where they have more, the page ends with the last item whose variants were all told."""
_AT_ONCE = 40
"""Numbers in one condition: it is part of an address."""


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
        variants, whole = await self._variants_through(rows)
        if whole < len(rows):
            rows, more = rows[:whole], rows[whole - 1].number
        return PricePage(readings=await self._readings(rows, variants, at), next=more)

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
            found = await self._readings(rows, await self._variants_of(rows), at)
            readings += [each for each in found if each.item.upper() in some]
        return tuple(readings)

    async def tiers(self) -> Sequence[Choice]:
        return ()

    async def _readings(
        self, rows: Sequence[Priced], variants: Mapping[str, list[str]], at: datetime
    ) -> tuple[PriceReading, ...]:
        currency = await self._directory.currency()
        return tuple(
            PriceReading(item=sku, price=row.unit_price, currency=currency, observed_at=at)
            for row in rows
            for sku in variants.get(row.number, [row.number])
        )

    async def _variants_of(self, rows: Sequence[Priced]) -> dict[str, list[str]]:
        """SKUs of the items that have variants, by the items' numbers; of these alone, wherever they stand in the list."""
        found: dict[str, list[str]] = {}
        for start in range(0, len(rows), _AT_ONCE):
            condition = one_of("itemNumber", [row.number for row in rows[start : start + _AT_ONCE]])
            _add(
                found, await self._central.rows(Variant, ask("itemVariants", filter=condition, select=_CODES))
            )
        return found

    async def _variants_through(self, rows: Sequence[Priced]) -> tuple[dict[str, list[str]], int]:
        """The same of items that follow each other, and of how many of them all variants are among these."""
        found: dict[str, list[str]] = {}
        if not rows:
            return found, 0
        places = {row.number: place for place, row in enumerate(rows)}
        condition = f"itemNumber ge {text(rows[0].number)} and itemNumber le {text(rows[-1].number)}"
        path = ask("itemVariants", filter=condition, select=_CODES, orderby="itemNumber,code")
        count = 0
        async for variants, last in self._central.pages(Variant, path, most=_VARIANTS):
            _add(found, variants)
            count += len(variants)
            whole = [places[number] for number in [*found][:-1] if number in places]
            if count >= _MOST_VARIANTS and whole and not last:
                return found, whole[-1] + 1
        return found, len(rows)


def _add(found: dict[str, list[str]], variants: Sequence[Variant]) -> None:
    for variant in variants:
        found.setdefault(variant.item_number, []).append(sku_of(variant))
