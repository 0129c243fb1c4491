"""Odoo's products as we read them: a template is a product, its variants are the items that have a reference each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.domain.listing import Reading, further
from app.domain.money import Money
from app.domain.product import Item, Product
from app.hosts.odoo.client import Odoo
from app.hosts.odoo.trees import NAME, Tree
from app.hosts.odoo.wire import Domain, Named, Row, instant, moment
from app.ports import Change, Json, Page, Span

_MODEL, _VARIANTS = "product.template", "product.product"
_PAGE = 500
_OVERLAP = timedelta(minutes=5)
"""A time of change is a transaction's beginning, and it is seen at the transaction's end."""
_ANY: Mapping[str, Json] = {"active_test": False}
_GRAMS, _GRAMS_OF_POUND = Decimal(1000), Decimal("453.59237")


class Stamped(Row, frozen=True, kw_only=True):
    write_date: str


class Listed(Stamped, frozen=True, kw_only=True):
    product_variant_ids: tuple[Stamped, ...] = ()


class Variant(Stamped, frozen=True, kw_only=True):
    """`lst_price` is its sales price with what its attributes add."""

    default_code: str | None = None
    barcode: str | None = None
    active: bool | None = None
    lst_price: Decimal
    standard_price: Decimal | None = None
    weight: Decimal | None = None
    product_template_variant_value_ids: tuple[Named, ...] = ()


class Template(Stamped, frozen=True, kw_only=True):
    name: str
    active: bool | None = None
    sale_ok: bool | None = None
    description_sale: str | None = None
    weight_uom_name: str | None = None
    categ_id: Named | None = None
    product_tag_ids: tuple[Named, ...] = ()
    product_variant_ids: tuple[Variant, ...] = ()


class OdooItems:
    """Implements `Source[Product]`, for goods that are sold. The first list holds what is active, later ones everything."""

    def __init__(self, odoo: Odoo, language: str = "") -> None:
        self._odoo = odoo
        self._told: dict[str, Json] = {**_ANY, **({"lang": language} if language else {})}

    async def get(self, key: str) -> Product | None:
        return (await self.many([key])).get(key)

    async def many(self, keys: Sequence[str]) -> Mapping[str, Product]:
        """By one request, archived ones and archived variants among them."""
        numbers: list[Json] = [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 10]
        if not numbers:
            return {}
        domain: Domain = [["id", "in", numbers]]
        rows = await self._odoo.deep(Template, _MODEL, domain, await self._tree(), context=self._told)
        currency = (await self._odoo.company()).currency
        return {str(row.id): _product(row, currency) for row in rows}

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        reading = Reading.of(cursor, now=datetime.now(UTC))
        tree = Tree(
            fields=("write_date",),
            below={"product_variant_ids": (_VARIANTS, Tree(fields=("write_date",)))},
        )
        context, over = _ANY if reading.since else None, False
        while not over:
            rows = await self._odoo.deep(Listed, _MODEL, _listing(reading), tree, most=_PAGE, context=context)
            over = len(rows) < _PAGE
            changes = tuple(Change(key=str(row.id), version=_changed(row)) for row in rows)
            reading = reading.on((change.version for change in changes), after=further(rows, reading.after))
            yield Page(items=changes, cursor=reading.cursor(over=over))

    async def cursor_at(self, at: datetime) -> str:
        return at.astimezone(UTC).isoformat()

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        """Everything that changed in the span."""
        async for page in self.changes(await self.cursor_at(span.since)):
            kept = tuple(change for change in page.items if change.version < span.until)
            yield Page(items=kept, cursor=page.cursor)

    async def _tree(self) -> Tree:
        variant = [
            *("write_date", "default_code", "barcode", "active", "lst_price", "standard_price", "weight"),
        ]
        values = {"product_template_variant_value_ids": ("product.template.attribute.value", _NAMES)}
        below: dict[str, tuple[str, Tree]] = {
            "categ_id": ("product.category", NAME),
            "product_variant_ids": (_VARIANTS, Tree(fields=tuple(variant), below=values)),
        }
        if await self._odoo.has(_MODEL, "product_tag_ids"):
            below["product_tag_ids"] = ("product.tag", _NAMES)
        fields = ("name", "active", "sale_ok", "description_sale", "weight_uom_name", "write_date")
        return Tree(fields=fields, below=below)


_NAMES = Tree(fields=("display_name",))
"""Of many references; of one its number and name come by themselves."""


def _listing(reading: Reading) -> Domain:
    """A variant's own change does not touch its template."""
    goods: Domain = [["type", "!=", "service"], ["id", ">", reading.after]]
    if reading.since is None:
        return [*goods, ["sale_ok", "=", True]]
    at = instant(reading.since - _OVERLAP)
    return [*goods, "|", ["write_date", ">=", at], ["product_variant_ids.write_date", ">=", at]]


def _changed(row: Listed | Template) -> datetime:
    return max(moment(each.write_date) for each in (row, *row.product_variant_ids))


def _product(row: Template, currency: str) -> Product:
    at = _changed(row)
    category = row.categ_id.display_name if row.categ_id else None
    return Product(
        key=str(row.id),
        name=row.name,
        description=row.description_sale,
        category=category,
        tags=tuple(tag.display_name for tag in row.product_tag_ids if tag.display_name),
        items=tuple(_item(row, variant, currency) for variant in row.product_variant_ids),
        updated_at=at,
    )


def _grams(weight: Decimal, unit: str | None) -> Decimal:
    """Odoo keeps all weights of a database in kilograms or, where its settings say so, all in pounds (“lb”, once “lb(s)”)."""
    if (unit or "").startswith("lb"):
        return (weight * _GRAMS_OF_POUND).quantize(Decimal(1))
    return weight * _GRAMS


def _item(row: Template, variant: Variant, currency: str) -> Item:
    """0 of a weight or a cost is Odoo's way of saying none."""
    named = [value.display_name or "" for value in variant.product_template_variant_value_ids]
    cost = variant.standard_price
    return Item(
        sku=variant.default_code or "",
        host_id=str(variant.id),
        name=row.name,
        variant=" / ".join(name.rpartition(": ")[2] for name in named) or None,
        price=Money(amount=variant.lst_price, currency=currency),
        cost=Money(amount=cost, currency=currency) if cost else None,
        quantity=None,
        barcode=variant.barcode,
        weight=_grams(variant.weight, row.weight_uom_name) if variant.weight else None,
        active=bool(row.active and variant.active and row.sale_ok),
        updated_at=moment(variant.write_date),
    )
