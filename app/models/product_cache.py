"""The product cache: what the ERP said of each item last; what it leaves out stays as it was said before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import orjson

from app.domain.product import Item, Product
from app.models.database import Row, Tx
from app.models.stock_links import storable

_ENDED_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class CachedItem:
    """A row of the report. `quantity`: what the item list says, else what is free by the stock readings.

    `in_store`: what the store's product is called there, once linked; `state` is its record's.
    """

    host_id: str
    product_key: str
    sku: str
    search: str
    name: str
    variant: str | None
    description: str | None
    category: str | None
    tags: tuple[str, ...]
    price: Decimal | None
    cost: Decimal | None
    currency: str | None
    quantity: Decimal | None
    barcode: str | None
    active: bool
    updated_at: datetime
    in_store: str | None
    state: str | None


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How many products the ERP stopped selling of late, of how many that are in the store; `since`: this one's turn."""

    ending: int
    linked: int
    since: datetime | None


async def keep(tx: Tx, *, tenant: UUID, connection: UUID, product: Product) -> None:
    """An older word changes nothing; null never clears. Sorted by the key, as every write of many rows."""
    items = sorted({_key(item): item for item in product.items}.values(), key=_key)
    await tx.run(
        """
        INSERT INTO product_cache AS c (tenant_id, connection_id, host_id, product_key, sku, sku_search, name, variant,
            description, category, tags, criteria, price, cost, currency, quantity, barcode, weight, active, inactive_since,
            updated_at)
        SELECT $1, $2, host_id, $3, sku, sku_search, name, variant, $4, $5, $6::text[], $7::jsonb, price, cost, currency,
            quantity, barcode, weight, active, CASE WHEN active THEN NULL ELSE now() END, updated_at
        FROM unnest($8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::numeric[], $14::numeric[],
            $15::text[], $16::numeric[], $17::text[], $18::numeric[], $19::bool[], $20::timestamptz[])
            AS i (host_id, sku, sku_search, name, variant, price, cost, currency, quantity, barcode, weight, active, updated_at)
        ORDER BY host_id
        ON CONFLICT (tenant_id, connection_id, host_id) DO UPDATE SET
            product_key = excluded.product_key, sku = excluded.sku, sku_search = excluded.sku_search, name = excluded.name,
            variant = coalesce(excluded.variant, c.variant), description = coalesce(excluded.description, c.description),
            category = coalesce(excluded.category, c.category), tags = excluded.tags, criteria = excluded.criteria,
            price = coalesce(excluded.price, c.price), cost = coalesce(excluded.cost, c.cost),
            currency = coalesce(excluded.currency, c.currency), quantity = coalesce(excluded.quantity, c.quantity),
            barcode = coalesce(excluded.barcode, c.barcode), weight = coalesce(excluded.weight, c.weight),
            active = excluded.active, updated_at = excluded.updated_at, seen_at = now(),
            inactive_since = CASE WHEN excluded.active THEN NULL ELSE coalesce(c.inactive_since, now()) END
        WHERE c.updated_at <= excluded.updated_at
        """,
        tenant,
        connection,
        product.key,
        _said(product.description),
        _said(product.category),
        [storable(tag) for tag in product.tags],
        orjson.dumps({storable(k): storable(v) for k, v in product.criteria.items()}).decode(),
        [_key(item) for item in items],
        [storable(item.sku).strip() for item in items],
        [storable(item.sku).strip().casefold() for item in items],
        [storable(item.name) for item in items],
        [_said(item.variant) for item in items],
        [item.price.amount if item.price else None for item in items],
        [item.cost.amount if item.cost else None for item in items],
        [(item.price or item.cost).currency if item.price or item.cost else None for item in items],  # type: ignore[union-attr]
        [item.quantity for item in items],
        [_said(item.barcode) for item in items],
        [item.weight for item in items],
        [item.active for item in items],
        [item.updated_at for item in items],
    )


def _key(item: Item) -> str:
    return storable(item.host_id)


def _said(text: str | None) -> str | None:
    return None if text is None else storable(text)


async def ending(tx: Tx, *, tenant: UUID, connection: UUID, key: str) -> Ending:
    """What the guard of archiving counts."""
    row = await tx.row(
        """
        SELECT
          (SELECT count(*) FROM record r WHERE r.tenant_id = $1 AND r.connection_id = $2 AND r.kind = 'product'
              AND r.sink_key IS NOT NULL) AS linked,
          (SELECT count(DISTINCT c.product_key) FROM product_cache c WHERE c.tenant_id = $1 AND c.connection_id = $2
              AND NOT c.active AND c.inactive_since > now() - $4::interval
              AND NOT EXISTS (SELECT 1 FROM product_cache o WHERE o.tenant_id = $1 AND o.connection_id = $2
                  AND o.product_key = c.product_key AND o.active)) AS ending,
          (SELECT max(c.inactive_since) FROM product_cache c WHERE c.tenant_id = $1 AND c.connection_id = $2
              AND c.product_key = $3) AS since
        """,
        tenant,
        connection,
        key,
        _ENDED_WITHIN,
    )
    assert row is not None
    return Ending(ending=row["ending"], linked=row["linked"], since=row["since"])


async def page(
    tx: Tx,
    *,
    tenant: UUID,
    connection: UUID,
    words: str = "",
    after: tuple[str, str] | None = None,
    most: int,
) -> list[CachedItem]:
    """By SKU and host id; `words` is what the SKU begins with, in whatever case."""
    start = words.strip().casefold()
    rows = await tx.rows(
        """
        SELECT c.*, r.sink_key, r.state,
            coalesce(c.quantity, (SELECT sum(coalesce(s.available, s.physical)) FROM stock_reading s
                WHERE s.tenant_id = $1 AND s.connection_id = $2 AND s.item = c.sku AND NOT s.several)) AS free
        FROM product_cache c
        LEFT JOIN record r ON r.tenant_id = $1 AND r.connection_id = $2 AND r.kind = 'product'
            AND r.source_key = c.product_key
        WHERE c.tenant_id = $1 AND c.connection_id = $2 AND c.sku_search >= $3
          AND ($3 = '' OR c.sku_search < ($3 || $4))
          AND ($5::text IS NULL OR (c.sku_search, c.host_id) > ($5, $6::text))
        ORDER BY c.sku_search, c.host_id LIMIT $7
        """,
        tenant,
        connection,
        start,
        "\U0010ffff",
        after[0] if after else None,
        after[1] if after else None,
        most,
    )
    return [_cached(row) for row in rows]


def _cached(row: Row) -> CachedItem:
    return CachedItem(
        host_id=row["host_id"],
        product_key=row["product_key"],
        sku=row["sku"],
        search=row["sku_search"],
        name=row["name"],
        variant=row["variant"],
        description=row["description"],
        category=row["category"],
        tags=tuple(row["tags"]),
        price=row["price"],
        cost=row["cost"],
        currency=row["currency"],
        quantity=row["free"],
        barcode=row["barcode"],
        active=row["active"],
        updated_at=row["updated_at"],
        in_store=row["sink_key"],
        state=row["state"],
    )
