"""What the ERP asked last for each item, in each tier; the list price is the tier without a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from app.domain.price import PriceReading
from app.models.database import Tx

_KEPT = timedelta(days=30)


async def save(tx: Tx, *, tenant: UUID, connection: UUID, readings: Sequence[PriceReading]) -> None:
    """Keeps the newest observation of each, in one sorted statement; an older one changes nothing."""
    latest: dict[tuple[str, str], PriceReading] = {}
    for reading in readings:
        if "\x00" not in reading.item + (reading.tier or "") + reading.currency:
            latest[reading.tier or "", reading.item] = reading
    ordered = [latest[key] for key in sorted(latest)]
    await tx.run(
        """
        INSERT INTO price_reading AS r (tenant_id, connection_id, tier, item, price, currency, observed_at)
        SELECT $1, $2, tier, item, price, currency, observed_at
        FROM unnest($3::text[], $4::text[], $5::numeric[], $6::text[], $7::timestamptz[])
            AS t (tier, item, price, currency, observed_at)
        ORDER BY tier, item
        ON CONFLICT (tenant_id, connection_id, tier, item) DO UPDATE SET price = excluded.price,
            currency = excluded.currency, observed_at = excluded.observed_at
        WHERE r.observed_at < excluded.observed_at
        """,
        tenant,
        connection,
        [r.tier or "" for r in ordered],
        [r.item for r in ordered],
        [r.price for r in ordered],
        [r.currency for r in ordered],
        [r.observed_at for r in ordered],
    )


async def of_items(
    tx: Tx, *, tenant: UUID, connection: UUID, items: Sequence[str], since: datetime
) -> Mapping[tuple[str, str], PriceReading]:
    """By tier and item. What was observed before `since` is left out: it was said by another read."""
    rows = await tx.rows(
        "SELECT * FROM price_reading WHERE tenant_id = $1 AND connection_id = $2 AND item = ANY ($3::text[])"
        " AND observed_at >= $4",
        tenant,
        connection,
        sorted(set(items)),
        since,
    )
    return {
        (row["tier"], row["item"]): PriceReading(
            item=row["item"],
            tier=row["tier"] or None,
            price=row["price"],
            currency=row["currency"],
            observed_at=row["observed_at"],
        )
        for row in rows
    }


async def count(tx: Tx, *, tenant: UUID, connection: UUID, since: datetime) -> int:
    """How many rows with a price a read that began at `since` gave."""
    found = await tx.value(
        "SELECT count(*) FROM price_reading WHERE tenant_id = $1 AND connection_id = $2 AND observed_at >= $3"
        " AND price IS NOT NULL",
        tenant,
        connection,
        since,
    )
    return cast(int, found)


async def forget_old(tx: Tx, *, tenant: UUID, connection: UUID) -> None:
    """Items the ERP has not mentioned for so long are unknown."""
    await tx.run(
        "DELETE FROM price_reading WHERE tenant_id = $1 AND connection_id = $2 AND observed_at < now() - $3::interval",
        tenant,
        connection,
        _KEPT,
    )
