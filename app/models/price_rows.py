"""The store's variants by SKU, what each shows on each list, and what we did and people decided there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

from app.domain.ids import StoreKey
from app.domain.price import PriceKey, PriceSeen, Shown
from app.domain.price_rule import Answer, Past, Winner
from app.models.database import Row, Tx
from app.models.stock_links import storable


@dataclass(frozen=True, kw_only=True)
class LinkedVariant:
    """`sku` is as the merchant wrote it; `search` is what it is compared and sorted by."""

    key: StoreKey
    product: StoreKey
    sku: str
    search: str


@dataclass(frozen=True, kw_only=True)
class KnownPrice:
    """What we know of one price: how it is shown, as far as that was seen, and its past."""

    shown: Shown | None
    past: Past


NOTHING = KnownPrice(shown=None, past=Past())


async def save(tx: Tx, *, tenant: UUID, shop: UUID, seen: Sequence[PriceSeen]) -> None:
    """Folds what was seen: a reading is of now, an event counts only where nothing later was said."""
    latest: dict[PriceKey, PriceSeen] = {}
    for each in seen:
        before = latest.get(each.key)
        if before is None or before.at is None or each.at is None or each.at >= before.at:
            latest[each.key] = each
    ordered = [latest[key] for key in sorted(latest, key=lambda key: (key.variant, key.list))]
    named = sorted((e for e in ordered if e.sku is not None), key=lambda e: e.key.variant)
    await _save_variants(tx, tenant, shop, named)
    await tx.run(
        """
        INSERT INTO price_shown AS s (tenant_id, shop_id, list_key, variant_key, price, was, said_at)
        SELECT $1, $2, list_key, variant_key, price, was, coalesce(said_at, clock_timestamp())
        FROM unnest($3::text[], $4::text[], $5::numeric[], $6::numeric[], $7::timestamptz[])
            AS n (list_key, variant_key, price, was, said_at)
        ORDER BY variant_key, list_key
        ON CONFLICT (tenant_id, shop_id, variant_key, list_key) DO UPDATE SET price = excluded.price,
            was = excluded.was, said_at = excluded.said_at, seen_at = now()
        WHERE s.said_at IS NULL OR s.said_at <= excluded.said_at
        """,
        tenant,
        shop,
        [e.key.list for e in ordered],
        [e.key.variant for e in ordered],
        [e.shown.price if e.shown else None for e in ordered],
        [e.shown.was if e.shown else None for e in ordered],
        [e.at for e in ordered],
    )


async def _save_variants(tx: Tx, tenant: UUID, shop: UUID, named: Sequence[PriceSeen]) -> None:
    await tx.run(
        """
        INSERT INTO price_variant AS v (tenant_id, shop_id, variant_key, product_key, sku, sku_search, said_at)
        SELECT $1, $2, variant_key, product_key, sku, sku_search, coalesce(said_at, clock_timestamp())
        FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
            AS n (variant_key, product_key, sku, sku_search, said_at)
        ORDER BY variant_key
        ON CONFLICT (tenant_id, shop_id, variant_key) DO UPDATE SET seen_at = now(), product_key = excluded.product_key,
            sku = CASE WHEN v.said_at > excluded.said_at THEN v.sku ELSE excluded.sku END,
            sku_search = CASE WHEN v.said_at > excluded.said_at THEN v.sku_search ELSE excluded.sku_search END,
            said_at = greatest(v.said_at, excluded.said_at)
        """,
        tenant,
        shop,
        [e.key.variant for e in named],
        [e.product for e in named],
        [storable(e.sku or "") for e in named],
        [storable(e.sku or "").strip().casefold() for e in named],
        [e.at for e in named],
    )


async def forget_unseen(tx: Tx, *, tenant: UUID, shop: UUID, since: datetime) -> None:
    """Variants that a read from `since` to its end has not met are gone."""
    await tx.run(
        "DELETE FROM price_shown p USING price_variant v WHERE p.tenant_id = $1 AND p.shop_id = $2 AND v.tenant_id = $1"
        " AND v.shop_id = $2 AND v.variant_key = p.variant_key AND v.seen_at < $3",
        tenant,
        shop,
        since,
    )
    await tx.run(
        "DELETE FROM price_variant WHERE tenant_id = $1 AND shop_id = $2 AND seen_at < $3",
        tenant,
        shop,
        since,
    )


async def page(
    tx: Tx, *, tenant: UUID, shop: UUID, after: tuple[str, str], most: int, only: str | None = None
) -> list[LinkedVariant]:
    """Variants that have a SKU, by it. Several may share one: they cost the same. `only`: those of this SKU."""
    rows = await tx.rows(
        "SELECT * FROM price_variant WHERE tenant_id = $1 AND shop_id = $2 AND (sku_search, variant_key) > ($3, $4)"
        " AND sku_search <> '' AND ($6::text IS NULL OR sku_search = $6) ORDER BY sku_search, variant_key LIMIT $5",
        tenant,
        shop,
        *after,
        most,
        only.strip().casefold() if only is not None else None,
    )
    return [_variant(row) for row in rows]


async def of_keys(tx: Tx, *, tenant: UUID, shop: UUID, keys: Sequence[str]) -> dict[StoreKey, LinkedVariant]:
    rows = await tx.rows(
        "SELECT * FROM price_variant WHERE tenant_id = $1 AND shop_id = $2 AND variant_key = ANY ($3::text[])",
        tenant,
        shop,
        sorted(set(keys)),
    )
    return {row["variant_key"]: _variant(row) for row in rows}


async def known(
    tx: Tx, *, tenant: UUID, shop: UUID, variants: Sequence[str]
) -> Mapping[PriceKey, KnownPrice]:
    """What is known of these variants on every list."""
    rows = await tx.rows(
        "SELECT * FROM price_shown WHERE tenant_id = $1 AND shop_id = $2 AND variant_key = ANY ($3::text[])",
        tenant,
        shop,
        sorted(set(variants)),
    )
    return {PriceKey(list=row["list_key"], variant=row["variant_key"]): _known(row) for row in rows}


async def agreed(
    tx: Tx,
    *,
    tenant: UUID,
    shop: UUID,
    prices: Mapping[PriceKey, tuple[Decimal, datetime]],
    wrote: bool = False,
) -> None:
    """The list price that both sides have now: what differs later was changed since. `wrote`: by that observation."""
    ordered = sorted(prices.items(), key=lambda each: (each[0].variant, each[0].list))
    await tx.run(
        """
        UPDATE price_shown s SET written = n.written, written_observed_at = n.at, written_at = now(), answer = NULL
        FROM unnest($3::text[], $4::text[], $5::numeric[], $6::timestamptz[]) AS n (list_key, variant_key, written, at)
        WHERE s.tenant_id = $1 AND s.shop_id = $2 AND s.variant_key = n.variant_key AND s.list_key = n.list_key
          AND ($7 OR s.written IS DISTINCT FROM n.written) AND (s.written_observed_at IS NULL OR s.written_observed_at <= n.at)
        """,
        tenant,
        shop,
        [key.list for key, _ in ordered],
        [key.variant for key, _ in ordered],
        [price for _, (price, _) in ordered],
        [at for _, (_, at) in ordered],
        wrote,
    )


async def showed(tx: Tx, *, tenant: UUID, shop: UUID, shown: Mapping[PriceKey, Shown]) -> None:
    """What the store itself answered to a write."""
    nothing = StoreKey("")
    seen = [PriceSeen(key=key, product=nothing, shown=each) for key, each in shown.items()]
    await save(tx, tenant=tenant, shop=shop, seen=seen)


async def decide(tx: Tx, *, tenant: UUID, shop: UUID, answers: Mapping[PriceKey, Answer]) -> None:
    """A person's word about prices, each between the two that it was said of."""
    ordered = sorted(answers.items(), key=lambda each: (each[0].variant, each[0].list))
    await tx.run(
        """
        UPDATE price_shown s SET answer = n.answer, answer_erp = n.erp, answer_store = n.store
        FROM unnest($3::text[], $4::text[], $5::text[], $6::numeric[], $7::numeric[])
            AS n (list_key, variant_key, answer, erp, store)
        WHERE s.tenant_id = $1 AND s.shop_id = $2 AND s.variant_key = n.variant_key AND s.list_key = n.list_key
        """,
        tenant,
        shop,
        [key.list for key, _ in ordered],
        [key.variant for key, _ in ordered],
        [answer.winner.value for _, answer in ordered],
        [answer.erp for _, answer in ordered],
        [answer.store for _, answer in ordered],
    )


async def shop_of(tx: Tx, *, tenant: UUID, connection: UUID) -> UUID:
    return cast(
        UUID,
        await tx.value("SELECT shop_id FROM connection WHERE tenant_id = $1 AND id = $2", tenant, connection),
    )


def _variant(row: Row) -> LinkedVariant:
    return LinkedVariant(
        key=row["variant_key"], product=row["product_key"], sku=row["sku"], search=row["sku_search"]
    )


def _known(row: Row) -> KnownPrice:
    answer = None
    if row["answer"] is not None:
        answer = Answer(winner=Winner(row["answer"]), erp=row["answer_erp"], store=row["answer_store"])
    shown = None if row["price"] is None else Shown(price=row["price"], was=row["was"])
    past = Past(written=row["written"], observed_at=row["written_observed_at"], answer=answer)
    return KnownPrice(shown=shown, past=past)
