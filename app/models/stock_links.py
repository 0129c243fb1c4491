"""Links from SKU to the store's stocked items, its locations, and what is wrong with its SKUs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from app.domain.ids import StoreKey
from app.domain.inventory import ItemSeen, StoreLocation
from app.models.database import Tx

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class LinkedItem:
    """`sku` is as the merchant wrote it; `search` is what it is compared and sorted by."""

    key: StoreKey
    sku: str
    search: str


@dataclass(frozen=True, kw_only=True)
class SkuGroup:
    """The items of one SKU, whatever its case. `cased`: they don't write it alike."""

    search: str
    sku: str
    items: int
    untracked: bool
    cased: bool


def storable(text: str) -> str:
    """PostgreSQL has no place for a NUL; nobody's SKU has one on purpose."""
    return text.replace("\x00", "")


async def save_locations(
    tx: Tx, *, tenant: UUID, shop: UUID, found: Sequence[StoreLocation], read_at: datetime
) -> None:
    """The store's whole list, as it was when it was asked for: what is not in it is closed."""
    ordered = sorted(found, key=lambda each: each.key)
    await tx.run(
        """
        WITH listed AS (SELECT * FROM unnest($3::text[], $4::text[], $5::bool[]) AS l (location_key, name, active)),
        closed AS (UPDATE store_location SET active = false, told_at = $6 WHERE tenant_id = $1 AND shop_id = $2
            AND location_key <> ALL ($3::text[]) AND told_at <= $6)
        INSERT INTO store_location AS p (tenant_id, shop_id, location_key, name, active, told_at)
        SELECT $1, $2, location_key, name, active, $6 FROM listed ORDER BY location_key
        ON CONFLICT (tenant_id, shop_id, location_key) DO UPDATE SET name = excluded.name, active = excluded.active,
            told_at = $6 WHERE p.told_at <= $6
        """,
        tenant,
        shop,
        [each.key for each in ordered],
        [each.name for each in ordered],
        [each.active for each in ordered],
        read_at,
    )


async def fold_locations(tx: Tx, *, tenant: UUID, shop: UUID, seen: Sequence[StoreLocation]) -> None:
    """What events say of some locations: the newest word of each counts; an older one than we know, or one that does not
    say of when it is, changes nothing that is known. Of a shop whose list was never read nothing is kept: it would be
    taken for the whole.
    """
    newest: dict[StoreKey, StoreLocation] = {}
    for each in seen:
        before = newest.get(each.key)
        if before is None or _told(before) <= _told(each):
            newest[each.key] = each
    ordered = [newest[key] for key in sorted(newest)]
    await tx.run(
        """
        INSERT INTO store_location AS p (tenant_id, shop_id, location_key, name, active, told_at)
        SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::bool[], $6::timestamptz[])
        WHERE EXISTS (SELECT 1 FROM store_location WHERE tenant_id = $1 AND shop_id = $2)
        ON CONFLICT (tenant_id, shop_id, location_key) DO UPDATE SET name = excluded.name, active = excluded.active,
            told_at = excluded.told_at WHERE p.told_at <= excluded.told_at
        """,
        tenant,
        shop,
        [each.key for each in ordered],
        [storable(each.name) for each in ordered],
        [each.active for each in ordered],
        [_told(each) for each in ordered],
    )


def _told(place: StoreLocation) -> datetime:
    return place.at or _LONG_AGO


async def close_locations(tx: Tx, *, tenant: UUID, shop: UUID, keys: Sequence[StoreKey]) -> None:
    """They are gone for good: nothing that was said before opens one again."""
    await tx.run(
        "UPDATE store_location SET active = false, told_at = 'infinity' WHERE tenant_id = $1 AND shop_id = $2"
        " AND location_key = ANY ($3::text[])",
        tenant,
        shop,
        sorted(keys),
    )


async def locations(tx: Tx, *, tenant: UUID, shop: UUID) -> list[StoreLocation]:
    """Few by nature: a store has some hundreds at most."""
    rows = await tx.rows(
        "SELECT * FROM store_location WHERE tenant_id = $1 AND shop_id = $2 ORDER BY location_key LIMIT 2000",
        tenant,
        shop,
    )
    return [StoreLocation(key=r["location_key"], name=r["name"], active=r["active"]) for r in rows]


async def save_items(tx: Tx, *, tenant: UUID, shop: UUID, found: Sequence[ItemSeen]) -> None:
    """Folds items into the links, sorted; the last word about one counts, and an older one changes no SKU."""
    latest: dict[StoreKey, ItemSeen] = {}
    for item in found:
        before = latest.get(item.key)
        tracked = before.tracked if before and item.tracked is None else item.tracked
        late = before if before and before.at and item.at and item.at < before.at else item
        latest[item.key] = replace(late, tracked=tracked)
    ordered = [latest[key] for key in sorted(latest)]
    await tx.run(
        """
        INSERT INTO stock_item AS s (tenant_id, shop_id, item_key, sku, sku_search, tracked, said_at)
        SELECT $1, $2, item_key, sku, sku_search, coalesce(tracked, true), said_at
        FROM unnest($3::text[], $4::text[], $5::text[], $6::bool[], $8::timestamptz[])
            AS i (item_key, sku, sku_search, tracked, said_at)
        ORDER BY item_key
        ON CONFLICT (tenant_id, shop_id, item_key) DO UPDATE SET seen_at = now(),
            sku = CASE WHEN s.said_at > excluded.said_at THEN s.sku ELSE excluded.sku END,
            sku_search = CASE WHEN s.said_at > excluded.said_at THEN s.sku_search ELSE excluded.sku_search END,
            tracked = CASE WHEN s.item_key = ANY ($7::text[]) THEN excluded.tracked ELSE s.tracked END,
            said_at = greatest(s.said_at, excluded.said_at)
        """,
        tenant,
        shop,
        [item.key for item in ordered],
        [storable(item.sku) for item in ordered],
        [storable(item.sku).strip().casefold() for item in ordered],
        [item.tracked for item in ordered],
        [item.key for item in ordered if item.tracked is not None],
        [item.at for item in ordered],
    )


async def forget_items(tx: Tx, *, tenant: UUID, shop: UUID, keys: Sequence[str]) -> None:
    """These are gone from the store; their levels go with them."""
    for table in ("stock_level", "stock_item"):
        await tx.run(
            f"DELETE FROM {table} WHERE tenant_id = $1 AND shop_id = $2 AND item_key = ANY ($3::text[])",  # noqa: S608  a literal
            tenant,
            shop,
            sorted(keys),
        )


async def forget_unseen(tx: Tx, *, tenant: UUID, shop: UUID, since: datetime) -> None:
    """Items that a sweep from `since` to its end has not met are gone, and their levels with them."""
    await tx.run(
        "DELETE FROM stock_level l USING stock_item i WHERE l.tenant_id = $1 AND l.shop_id = $2 AND i.tenant_id = $1"
        " AND i.shop_id = $2 AND i.item_key = l.item_key AND i.seen_at < $3",
        tenant,
        shop,
        since,
    )
    await tx.run(
        "DELETE FROM stock_item WHERE tenant_id = $1 AND shop_id = $2 AND seen_at < $3", tenant, shop, since
    )


async def page(
    tx: Tx, *, tenant: UUID, shop: UUID, after: tuple[str, str], most: int, only: str | None = None
) -> list[LinkedItem]:
    """Items that stock may be written for, by SKU: tracked, not blank, and the only one of their SKU.

    `only`: those of this SKU. An anti-join would read every item of the store for each page.
    """
    rows = await tx.rows(
        """
        SELECT s.item_key, s.sku, s.sku_search FROM stock_item s
        WHERE s.tenant_id = $1 AND s.shop_id = $2 AND (s.sku_search, s.item_key) > ($3, $4)
          AND s.tracked AND s.sku_search <> '' AND ($6::text IS NULL OR s.sku_search = $6)
          AND (SELECT count(*) FROM (SELECT 1 FROM stock_item o WHERE o.tenant_id = $1 AND o.shop_id = $2
              AND o.sku_search = s.sku_search LIMIT 2) AS two) = 1
        ORDER BY s.sku_search, s.item_key LIMIT $5
        """,
        tenant,
        shop,
        *after,
        most,
        only.strip().casefold() if only is not None else None,
    )
    return [LinkedItem(key=r["item_key"], sku=r["sku"], search=r["sku_search"]) for r in rows]


async def of_keys(tx: Tx, *, tenant: UUID, shop: UUID, keys: Sequence[str]) -> list[LinkedItem]:
    """These items, as many of them as stock may still be written for: see `page`."""
    rows = await tx.rows(
        """
        SELECT s.item_key, s.sku, s.sku_search FROM stock_item s
        WHERE s.tenant_id = $1 AND s.shop_id = $2 AND s.item_key = ANY ($3::text[]) AND s.tracked AND s.sku_search <> ''
          AND (SELECT count(*) FROM (SELECT 1 FROM stock_item o WHERE o.tenant_id = $1 AND o.shop_id = $2
              AND o.sku_search = s.sku_search LIMIT 2) AS two) = 1
        ORDER BY s.sku_search, s.item_key
        """,
        tenant,
        shop,
        sorted(set(keys)),
    )
    return [LinkedItem(key=r["item_key"], sku=r["sku"], search=r["sku_search"]) for r in rows]


async def groups(tx: Tx, *, tenant: UUID, shop: UUID, after: str | None, most: int) -> list[SkuGroup]:
    """A page of the store's SKUs, sorted; those without one come first, as one group."""
    rows = await tx.rows(
        """
        SELECT sku_search, min(sku) AS sku, count(*) AS items, bool_or(NOT tracked) AS untracked,
            count(DISTINCT sku) > 1 AS cased
        FROM stock_item WHERE tenant_id = $1 AND shop_id = $2 AND ($3::text IS NULL OR sku_search > $3)
        GROUP BY sku_search ORDER BY sku_search LIMIT $4
        """,
        tenant,
        shop,
        after,
        most,
    )
    return [
        SkuGroup(
            search=r["sku_search"], sku=r["sku"], items=r["items"], untracked=r["untracked"], cased=r["cased"]
        )
        for r in rows
    ]
