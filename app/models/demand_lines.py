"""Units of orders by SKU and location: what the ERP's stock can't reflect before the order's reserving step has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import orjson

from app.models.database import Row, Tx
from app.models.record_locks import LOCKED
from app.models.records import Claim
from app.models.stock_levels import CARRIES, LAPSED
from app.models.stock_links import storable
from app.ports import Json, ReservesAt

_NOT_SALES = (
    "order.imported", "order.before_go_live", "order.test", "refund.order_not_sent", "refund.with_refund",
)  # fmt: skip
"""What was skipped for these was in the ERP's stock before, never will take from it, or is counted with another record."""

_STEPS: Mapping[ReservesAt, str | None] = {
    ReservesAt.CREATE: "%/create",
    ReservesAt.CONFIRM: "%/confirm%",
    ReservesAt.SHIP: None,
    ReservesAt.NEVER: None,
}


_MOST = 2_000_000_000


@dataclass(frozen=True, kw_only=True)
class Unit:
    """So many units of a SKU at a location of the store ("" where the store has not said which)."""

    sku: str
    location: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class UnknownUnits:
    """Units whose order was reserved in the ERP at `reserved_at` (None: it is not yet), so no earlier reading has them."""

    connection: UUID
    sku: str
    location: str
    reserved_at: datetime | None
    quantity: int


def folded(sku: str) -> str:
    """How a SKU is kept here: whoever compares units of SKUs with these folds them the same way."""
    return storable(sku).strip().casefold()


async def keep(
    tx: Tx, claim: Claim, kept: Mapping[UUID, Sequence[Unit]], *, placed_at: datetime | None, trust: timedelta
) -> None:
    """Replaces the units of records by what they hold now; what changed is explained at the levels it was sold from.

    Levels are locked in the order of their keys, all of a run's at once. What is kept of an order again after its
    units were forgotten explains nothing: its sale was seen long ago. Nor does a sale that a level's first number may hold:
    what was sold after the order was `placed_at`, or after its units were kept last, must be later than that number. Units
    that an order gives back explain first what its levels were raised by.

    What a connection reads that writes no stock explains nothing. Where several of a shop write stock, an order explains
    what all of them know of it, since each writes by what it knows itself. `trust`: as the levels are folded by.
    """
    await _alone(tx, claim)
    merged: dict[tuple[UUID, str, str], int] = {}
    for record, units in kept.items():
        for unit in units:
            key = record, folded(unit.sku), unit.location
            merged[key] = merged.get(key, 0) + unit.quantity
    ordered = sorted(merged)
    explained = await tx.rows(
        f"""
        WITH now_open AS (SELECT * FROM unnest($3::uuid[], $4::text[], $5::text[], $6::int[])
            AS n (record_id, sku, location_key, quantity)),
        was_open AS (SELECT record_id, sku, location_key, quantity FROM demand_line
            WHERE tenant_id = $1 AND record_id = ANY ($8::uuid[])),
        beside AS MATERIALIZED (
            SELECT m.id AS record_id, o.id AS other FROM record m
            JOIN connection c ON c.tenant_id = $1 AND c.shop_id = $7 AND c.id <> $2 AND {CARRIES}
            JOIN record o ON o.tenant_id = $1 AND o.connection_id = c.id AND o.kind = m.kind AND o.source_key = m.source_key
                AND (o.units_at IS NOT NULL OR o.state IN ('waiting', 'running'))
            WHERE m.tenant_id = $1 AND m.id = ANY ($8::uuid[])),
        change AS (
            SELECT record_id, sku, location_key, coalesce(n.quantity, 0) AS holds, coalesce(w.quantity, 0) AS held
            FROM now_open n FULL JOIN was_open w USING (record_id, sku, location_key)
            WHERE coalesce(n.quantity, 0) <> coalesce(w.quantity, 0)),
        shared AS MATERIALIZED (
            SELECT c.*, (SELECT min(coalesce(d.quantity, 0)) FROM beside b LEFT JOIN demand_line d ON d.tenant_id = $1
                AND d.record_id = b.other AND d.sku = c.sku AND d.location_key = c.location_key
                WHERE b.record_id = c.record_id) AS most
            FROM change c WHERE EXISTS (SELECT 1 FROM connection c WHERE c.tenant_id = $1 AND c.id = $2 AND {CARRIES})),
        gone AS (
            DELETE FROM demand_line d USING change c WHERE d.tenant_id = $1 AND d.record_id = c.record_id AND d.sku = c.sku
              AND d.location_key = c.location_key AND NOT EXISTS (SELECT 1 FROM now_open n
                WHERE n.record_id = d.record_id AND n.sku = d.sku AND n.location_key = d.location_key)),
        stored AS (
            INSERT INTO demand_line AS d (tenant_id, record_id, connection_id, sku, location_key, quantity)
            SELECT $1, record_id, $2, sku, location_key, quantity FROM now_open ORDER BY record_id, sku, location_key
            ON CONFLICT (tenant_id, record_id, sku, location_key) DO UPDATE SET quantity = excluded.quantity
            WHERE d.quantity <> excluded.quantity),
        news AS MATERIALIZED (
            SELECT c.sku, c.location_key, sum(least(c.holds, c.most) - least(c.held, c.most)) AS units FROM shared c
            JOIN record r ON r.tenant_id = $1 AND r.id = c.record_id
            WHERE coalesce(r.reserved_at, CASE WHEN r.state = 'settled' THEN r.state_since END, now())
                > now() - interval '1 day' GROUP BY c.sku, c.location_key),
        places AS MATERIALIZED (
            SELECT i.item_key, c.location_key, c.units::int AS units FROM news c CROSS JOIN LATERAL (
                SELECT x.item_key FROM stock_item x WHERE x.tenant_id = $1 AND x.shop_id = $7 AND x.sku_search = c.sku
                OFFSET 0) AS i
            WHERE c.units <> 0 ORDER BY i.item_key, c.location_key),
        dated AS (UPDATE record SET units_at = now() WHERE tenant_id = $1 AND id = ANY ($8::uuid[]))
        SELECT p.*, l.over, CASE WHEN l.over THEN greatest(l.known_since, l.unexplained_at) ELSE l.known_since END AS known_since
        FROM places p CROSS JOIN LATERAL (SELECT l.*, {LAPSED.format(trust="$11", shop="$7")} AS over FROM stock_level l
            WHERE l.tenant_id = $1 AND l.shop_id = $7 AND l.item_key = p.item_key AND l.location_key = p.location_key
            FOR UPDATE) AS l
        WHERE p.units < 0 OR CASE WHEN l.over THEN greatest(l.known_since, l.unexplained_at) ELSE l.known_since END
            < (SELECT coalesce(units_at, $9) FROM record WHERE tenant_id = $1 AND id = $10)
        """,  # noqa: S608  literals
        claim.tenant,
        claim.connection,
        [record for record, _, _ in ordered],
        [sku for _, sku, _ in ordered],
        [location for _, _, location in ordered],
        [min(merged[key], _MOST) for key in ordered],
        claim.shop,
        sorted(kept),
        placed_at,
        claim.record,
        trust,
    )
    if explained:
        await _explain(tx, claim, explained)


async def _explain(tx: Tx, claim: Claim, rows: Sequence[Row]) -> None:
    """Takes units of orders from what these levels lost, or gives them back to it; the levels are locked."""
    await tx.run(
        """
        UPDATE stock_level l SET unexplained = CASE WHEN n.over THEN 0 ELSE l.unexplained END - n.units
                - least(greatest(-n.units, 0), l.raised),
            unexplained_at = now(), raised = l.raised - least(greatest(-n.units, 0), l.raised), known_since = n.known_since
        FROM unnest($3::text[], $4::text[], $5::int[], $6::bool[], $7::timestamptz[])
            AS n (item_key, location_key, units, over, known_since)
        CROSS JOIN LATERAL (SELECT x.ctid AS place FROM stock_level x WHERE x.tenant_id = $1 AND x.shop_id = $2
            AND x.item_key = n.item_key AND x.location_key = n.location_key OFFSET 0) AS k
        WHERE l.ctid = k.place
        """,
        claim.tenant,
        claim.shop,
        [row["item_key"] for row in rows],
        [row["location_key"] for row in rows],
        [row["units"] for row in rows],
        [row["over"] for row in rows],
        [row["known_since"] for row in rows],
    )


async def _alone(tx: Tx, claim: Claim) -> None:
    """Until the transaction ends, where other connections of the shop keep the same order."""
    await tx.run(
        "SELECT pg_advisory_xact_lock(hashtextextended($2::uuid::text || $4 || $5, 0)) WHERE EXISTS (SELECT 1 FROM connection c"
        " JOIN record r ON r.tenant_id = $1 AND r.connection_id = c.id AND r.kind = $4 AND r.source_key = $5"
        " WHERE c.tenant_id = $1 AND c.shop_id = $2 AND c.id <> $3)",
        claim.tenant,
        claim.shop,
        claim.connection,
        claim.kind,
        claim.source_key,
    )


async def is_kept(tx: Tx, claim: Claim) -> bool:
    """Whether it was written down what the record takes from stock."""
    return bool(
        await tx.value(
            "SELECT units_at IS NOT NULL FROM record WHERE tenant_id = $1 AND id = $2",
            claim.tenant,
            claim.record,
        )
    )


async def grew(tx: Tx, claim: Claim, told: Mapping[str, Json]) -> None:
    """The ERP has what an edit added to a document: from now on its readings hold it, and none from before does.

    What grew shortly before is counted as of now as well, which only lowers, and not for long.
    """
    before, after = _units(claim.told), _units(told)
    more = {sku: count - before.get(sku, 0) for sku, count in after.items() if count > before.get(sku, 0)}
    if claim.told is None or not more:
        return
    await tx.run(
        """
        UPDATE record SET grown_at = now(), grown = (SELECT jsonb_object_agg(sku, units) FROM (
            SELECT key AS sku, sum(value::int) AS units FROM (
                SELECT * FROM jsonb_each_text($3::jsonb)
                UNION ALL SELECT * FROM jsonb_each_text(CASE WHEN grown_at > now() - interval '1 day' THEN grown ELSE '{}' END)
            ) AS one GROUP BY key) AS summed)
        WHERE tenant_id = $1 AND id = $2
        """,
        claim.tenant,
        claim.record,
        orjson.dumps(more).decode(),
    )


def _units(told: Mapping[str, Json] | None) -> Mapping[str, int]:
    units = told.get("units") if told else None
    return {sku: int(str(count)) for sku, count in units.items()} if isinstance(units, Mapping) else {}


async def settle(tx: Tx, *, tenant: UUID, connections: Sequence[UUID], at: ReservesAt) -> None:
    """Notes when the reserving step of each order ended; adopted documents count from when their order settled.

    So does what goes out in exchange: it is reserved no later than when its credit is there.
    """
    await tx.run(
        f"""
        WITH open AS MATERIALIZED (
            SELECT r.id, coalesce(min(e.ended_at), CASE WHEN r.state = 'settled' AND $3::text IS NOT NULL
                THEN r.state_since END) AS ended
            FROM record r LEFT JOIN effect e ON e.tenant_id = $1 AND e.record_id = r.id AND e.state = 'done'
                AND e.target = 'host' AND e.key LIKE $3
            WHERE r.tenant_id = $1 AND r.connection_id = ANY ($2::uuid[]) AND r.kind IN ('order', 'refund')
              AND r.sink_key IS NOT NULL AND r.reserved_at IS NULL
              AND EXISTS (SELECT 1 FROM demand_line d WHERE d.tenant_id = $1 AND d.record_id = r.id)
            GROUP BY r.id, r.state, r.state_since),
        mine AS MATERIALIZED (
            SELECT r.id FROM record r WHERE r.tenant_id = $1 AND r.id IN (SELECT id FROM open WHERE ended IS NOT NULL)
            {LOCKED})
        UPDATE record r SET reserved_at = o.ended FROM mine JOIN open o USING (id) WHERE r.tenant_id = $1 AND r.id = mine.id
        """,  # noqa: S608  literals
        tenant,
        list(connections),
        _STEPS[at],
    )
    await tx.run(
        "DELETE FROM demand_line d USING record r WHERE d.tenant_id = $1 AND r.tenant_id = $1 AND r.id = d.record_id"
        " AND d.connection_id = ANY ($2::uuid[]) AND (r.state = 'cancelled' OR (r.state NOT IN ('held', 'waiting', 'running')"
        " AND r.reserved_at < now() - interval '1 day' AND coalesce(r.grown_at, r.reserved_at) < now() - interval '1 day'))",
        tenant,
        list(connections),
    )


async def unknown_since(
    tx: Tx, *, tenant: UUID, connections: Sequence[UUID], skus: Sequence[str], since: datetime, skipped: bool
) -> list[UnknownUnits]:
    """Units of these SKUs (folded) in orders that were not reserved before `since`.

    What an edit added to an order after its document was made no reading reflects, until the order is settled anew; and
    after that none that is older.
    """
    rows = await tx.rows(
        """
        WITH line AS (
            SELECT d.connection_id, d.sku, d.location_key, r.reserved_at, r.grown_at, d.quantity, CASE
                WHEN r.reserved_at IS NULL OR r.state = 'settled' OR r.told -> 'units' IS NULL THEN 0
                ELSE least(d.quantity, greatest(0, sum(d.quantity) OVER (PARTITION BY d.record_id, d.sku)
                    - coalesce((r.told -> 'units' ->> d.sku)::int, 0))) END AS added,
                CASE WHEN r.reserved_at IS NOT NULL AND r.grown_at >= $3
                    THEN coalesce((r.grown ->> d.sku)::int, 0) ELSE 0 END AS grown
            FROM demand_line d JOIN record r ON r.tenant_id = $1 AND r.id = d.record_id
            WHERE d.tenant_id = $1 AND d.connection_id = ANY ($2::uuid[]) AND d.sku = ANY ($6::text[])
              AND (r.reserved_at IS NULL OR r.reserved_at >= $3 OR r.grown_at >= $3 OR r.state <> 'settled')
              AND r.state <> 'cancelled'
              AND NOT (r.state = 'skipped' AND (NOT $4 OR r.reason_code = ANY ($5::text[])))),
        split AS (SELECT *, least(grown, quantity - added) AS late FROM line),
        part AS (
            SELECT connection_id, sku, location_key, reserved_at, quantity - added - late AS quantity FROM split
            WHERE reserved_at IS NULL OR reserved_at >= $3
            UNION ALL SELECT connection_id, sku, location_key, grown_at, late FROM split
            UNION ALL SELECT connection_id, sku, location_key, NULL, added FROM split)
        SELECT connection_id, sku, location_key, reserved_at, sum(quantity) AS quantity FROM part WHERE quantity > 0
        GROUP BY connection_id, sku, location_key, reserved_at
        """,
        tenant,
        list(connections),
        since,
        skipped,
        list(_NOT_SALES),
        sorted(set(skus)),
    )
    return [
        UnknownUnits(
            connection=r["connection_id"],
            sku=r["sku"],
            location=r["location_key"],
            reserved_at=r["reserved_at"],
            quantity=int(r["quantity"]),
        )
        for r in rows
    ]


async def unread(tx: Tx, *, tenant: UUID, connections: Sequence[UUID], most: int) -> int:
    """How many orders were heard of and never read, counted up to `most`: nobody knows what they hold."""
    return cast(
        int,
        await tx.value(
            "SELECT count(*) FROM (SELECT 1 FROM record WHERE tenant_id = $1 AND connection_id = ANY ($2::uuid[])"
            " AND kind = 'order' AND units_at IS NULL AND state IN ('waiting', 'running', 'held') LIMIT $3) AS counted",
            tenant,
            list(connections),
            most,
        ),
    )


async def stuck(tx: Tx, *, tenant: UUID, connections: Sequence[UUID], after: timedelta) -> str | None:
    """Why stock may only be lowered (rule 17): a pause, an open breaker, or an order that waits too long; else None."""
    return cast(
        "str | None",
        await tx.value(
            """
            SELECT CASE
                WHEN bool_or(c.state = 'paused') THEN 'paused'
                WHEN bool_or(c.breaker_until > now()) THEN 'breaker'
                WHEN EXISTS (SELECT 1 FROM record r WHERE r.tenant_id = $1 AND r.connection_id = ANY ($2::uuid[])
                    AND r.kind = 'order' AND r.state IN ('waiting', 'running') AND r.sink_key IS NULL
                    AND r.first_seen_at < now() - $3::interval) THEN 'orders_wait' END
            FROM connection c WHERE c.tenant_id = $1 AND c.id = ANY ($2::uuid[])
            """,
            tenant,
            list(connections),
            after,
        ),
    )
