"""Tryton's products as we read them: a template is a product, its variants are the items; changed since, or one whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import msgspec

from app.domain.listing import Reading, further
from app.domain.money import Money
from app.domain.product import Item, Product
from app.hosts.tryton.client import Tryton
from app.hosts.tryton.records import Coded, Named, Row
from app.hosts.tryton.wire import Number, moment
from app.ports import Change, Json, Page, Span

_PAGE = 100
# A write shows the moment its transaction began, and shows it when it has ended.
_OVERLAP = timedelta(minutes=5)
_ANY: Mapping[str, Json] = {"active_test": False}
"""The context without which Tryton leaves out what is not active: of products, and of the variants of one."""
_FRESH: Mapping[str, Json] = {**_ANY, "fuzzy_translation": True}
"""Each process of a Tryton keeps names in a cache of its own, which by default learns of changes after up to five minutes.

Whoever takes unconfirmed translations too is answered past it.
"""


Flag = bool | int
"""On SQLite a flag comes as a number."""


class Instant(msgspec.Struct, frozen=True):
    """A time as Tryton answers it: in UTC, without saying so."""

    year: int
    month: int
    day: int
    hour: int = 0
    minute: int = 0
    second: int = 0
    microsecond: int = 0

    @property
    def value(self) -> datetime:
        date = datetime(self.year, self.month, self.day, tzinfo=UTC)
        return date + timedelta(
            hours=self.hour, minutes=self.minute, seconds=self.second, microseconds=self.microsecond
        )


class Identifier(msgspec.Struct, frozen=True):
    type: str | None
    code: str | None


class VariantRow(Row, frozen=True):
    code: str | None
    suffix_code: str | None
    description: str | None
    active: Flag
    cost_price: Number | None
    list_price: Number | None
    identifiers: list[Identifier]
    create_date: Instant | None
    write_date: Instant | None


class Times(msgspec.Struct, frozen=True):
    create_date: Instant | None
    write_date: Instant | None


class Changed(Row, frozen=True):
    """A template in a list."""

    create_date: Instant | None
    write_date: Instant | None
    products: list[Times]


class TemplateRow(Row, frozen=True):
    name: str | None
    active: Flag
    salable: Flag | None
    list_price: Number | None
    categories: list[Named]
    products: list[VariantRow]
    create_date: Instant | None
    write_date: Instant | None


class Valued(Row, frozen=True):
    currency: Coded


_TIMES = ("create_date", "write_date")
_LISTED = (*_TIMES, *(f"products.{name}" for name in _TIMES))
_WHOLE = (
    "name",
    "active",
    "salable",
    "list_price",
    *_TIMES,
    "categories.name",
    "products.code",
    "products.suffix_code",
    "products.description",
    "products.active",
    "products.cost_price",
    "products.list_price",
    "products.identifiers.type",
    "products.identifiers.code",
    *(f"products.{name}" for name in _TIMES),
)
_BARCODES = ("ean", "isan", "isbn", "issn", "upc")


class TrytonItems:
    """Implements `Source[Product]`, for goods that are sold. The first list holds what is active, later ones everything."""

    def __init__(self, tryton: Tryton) -> None:
        self._tryton = tryton
        self._currency: str | None = None

    async def get(self, key: str) -> Product | None:
        if not (key.isascii() and key.isdigit()):
            return None
        domain: Json = [["id", "=", int(key)]]
        found = await self._tryton.find(TemplateRow, "product.template", _WHOLE, domain, context=_FRESH)
        return _product(found[0], await self._priced_in()) if found else None

    async def many(self, keys: Sequence[str]) -> Mapping[str, Product]:
        """As `get`, by one request."""
        numbers: list[Json] = [int(key) for key in keys if key.isascii() and key.isdigit()]
        if not numbers:
            return {}
        domain: Json = [["id", "in", numbers]]
        found = await self._tryton.find(
            TemplateRow, "product.template", _WHOLE, domain, most=len(numbers), context=_FRESH
        )
        currency = await self._priced_in()
        return {made.key: made for made in (_product(row, currency) for row in found)}

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        reading, over = Reading.of(cursor, now=datetime.now(UTC)), False
        while not over:
            found = await self._tryton.find(
                Changed,
                "product.template",
                _LISTED,
                _listing(reading),
                most=_PAGE,
                context=_ANY if reading.since else None,
            )
            changes = [Change(key=str(row.id), version=_changed(row)) for row in found]
            over = len(found) < _PAGE
            reading = reading.on((each.version for each in changes), after=further(found, reading.after))
            yield Page(items=tuple(changes), cursor=reading.cursor(over=over))

    async def cursor_at(self, at: datetime) -> str:
        return at.astimezone(UTC).isoformat()

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        """Everything that changed in the span."""
        async for page in self.changes(await self.cursor_at(span.since)):
            kept = tuple(change for change in page.items if change.version < span.until)
            yield Page(items=kept, cursor=page.cursor)

    async def _priced_in(self) -> str:
        if self._currency is None:
            company = (await self._tryton.shop()).company.id
            (found,) = await self._tryton.find(
                Valued, "company.company", ("currency.code",), [["id", "=", company]]
            )
            self._currency = found.currency.code or ""
        return self._currency


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def _listing(reading: Reading) -> Json:
    after = reading.after
    sold: list[Json] = [["type", "=", "goods"], ["salable", "=", True], ["id", ">", after]]
    if reading.since is None:
        return sold
    at = moment((reading.since - _OVERLAP).astimezone(UTC))
    names = (*_TIMES, *(f"products.{name}" for name in _TIMES))
    changed: list[Json] = ["OR", *(cast("Json", [name, ">=", at]) for name in names)]
    return [["type", "=", "goods"], ["id", ">", after], changed]


def _changed(row: Changed | TemplateRow) -> datetime:
    return max(_moments([row, *row.products]), default=_NEVER)


def _moments(rows: Sequence[Changed | TemplateRow | Times | VariantRow]) -> Iterator[datetime]:
    for row in rows:
        for instant in (row.create_date, row.write_date):
            if instant is not None:
                yield instant.value


def _product(row: TemplateRow, currency: str) -> Product:
    at = _changed(row)
    described = next((variant.description for variant in row.products if variant.description), None)
    categories = [category.name for category in row.categories]
    return Product(
        key=str(row.id),
        name=row.name or "",
        description=described,
        category=categories[0] if categories else None,
        criteria={f"category {index}": name for index, name in enumerate(categories[1:], 2)},
        items=tuple(_item(row, variant, currency, at) for variant in row.products),
        updated_at=at,
    )


def _item(row: TemplateRow, variant: VariantRow, currency: str, at: datetime) -> Item:
    def amount(figure: Number | None) -> Money | None:
        return Money(amount=figure.value, currency=currency) if figure and currency else None

    codes = {each.type: each.code for each in variant.identifiers if each.code}
    return Item(
        sku=variant.code or "",
        host_id=str(variant.id),
        name=row.name or "",
        variant=variant.suffix_code,
        price=amount(variant.list_price or row.list_price),
        cost=amount(variant.cost_price),
        quantity=None,
        barcode=next((codes[kind] for kind in _BARCODES if kind in codes), None),
        weight=None,
        active=bool(row.active and variant.active and row.salable in {None, True}),
        updated_at=max(_moments([variant]), default=at),
    )
