"""What the store shows of each level: folded from its events and our reads, newest first, and from our own writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from app.domain.ids import StoreKey
from app.domain.inventory import LevelKey, LevelSeen
from app.models.database import Row, Tx


@dataclass(frozen=True, kw_only=True)
class KnownLevel:
    """`unexplained`: units that left the level by no write of ours and no order we know of yet (see fold).

    `written_observed_at`: the ERP observation behind our last write. `gains`: how often it may have gained by then, by a
    write of ours or by others.
    """

    seen: LevelSeen
    unexplained: int
    written_observed_at: datetime | None
    gains: int


async def fold(
    tx: Tx,
    *,
    tenant: UUID,
    shop: UUID,
    seen: Sequence[LevelSeen],
    read: bool,
    trust: timedelta,
    old: bool = False,
) -> int:
    """Takes over what is newer, in one sorted statement; answers with how many of our numbers were wrong (drift).

    What a level lost by no write of ours is unexplained until an order accounts for it: sales are seen at the level
    before the order is known. After `trust`, unless an order from before waits to be read, it counts as somebody's
    correction, and no order of before explains it any more. What a level gained takes from what it lost, and the rest is
    `raised`: a correction upwards hides no sale. While a write of ours is under way
    nobody can say what an event shows, so it is passed over: the next compare-and-set finds out. `read`: we asked,
    so levels nobody has heard of are kept too, and a difference is drift. `old`: the answer lay about since, so what
    was heard or written later stands. A level's first number holds every sale up to its own date (`known_since`).
    """
    latest: dict[LevelKey, LevelSeen] = {}
    for level in seen:
        if level.key not in latest or level.at >= latest[level.key].at:
            latest[level.key] = level
    ordered = sorted(latest.values(), key=lambda each: (each.key.item, each.key.location))
    return cast(
        int,
        await tx.value(
            f"""
            WITH told AS (
                SELECT * FROM unnest($3::text[], $4::text[], $5::int[], $6::int[], $7::int[], $8::timestamptz[])
                    AS t (item_key, location_key, available, on_hand, committed, at)),
            before AS MATERIALIZED (
                SELECT t.*, l.available AS had, l.unexplained,
                    l.available <> t.available AND {LAPSED.format(trust="$10", shop="$2")} AS over
                FROM told t JOIN stock_level l ON l.tenant_id = $1 AND l.shop_id = $2 AND l.item_key = t.item_key
                    AND l.location_key = t.location_key
                WHERE (($9 AND NOT $11) OR l.seen_at <= t.at) AND NOT EXISTS (
                    SELECT 1 FROM stock_line s WHERE s.tenant_id = $1 AND s.item_key = t.item_key
                        AND s.location_key = t.location_key AND s.state = 'sent')
                ORDER BY t.item_key, t.location_key FOR UPDATE OF l),
            open AS (SELECT *, CASE WHEN over THEN 0 ELSE unexplained END AS units FROM before),
            moved AS (
                UPDATE stock_level l SET available = b.available, on_hand = coalesce(b.on_hand, l.on_hand),
                    gains = l.gains + (b.available > b.had)::int,
                    committed = coalesce(b.committed, l.committed), seen_at = greatest(l.seen_at, b.at),
                    read_at = CASE WHEN $9 THEN now() ELSE l.read_at END,
                    unexplained = b.units + greatest(b.had - b.available, -greatest(b.units, 0)),
                    unexplained_at = CASE WHEN b.had = b.available THEN l.unexplained_at ELSE now() END,
                    raised = l.raised + greatest(0, b.available - b.had - greatest(b.units, 0)),
                    known_since = CASE WHEN b.over THEN greatest(l.known_since, l.unexplained_at) ELSE l.known_since END
                FROM open b WHERE l.tenant_id = $1 AND l.shop_id = $2 AND l.item_key = b.item_key
                    AND l.location_key = b.location_key
                RETURNING b.had <> b.available AS differed),
            made AS (
                INSERT INTO stock_level (tenant_id, shop_id, item_key, location_key, available, on_hand, committed,
                    seen_at, read_at, known_since)
                SELECT $1, $2, t.item_key, t.location_key, t.available, t.on_hand, t.committed, t.at,
                    CASE WHEN $9 THEN now() END, t.at
                FROM told t ORDER BY t.item_key, t.location_key
                ON CONFLICT DO NOTHING)
            SELECT count(*) FILTER (WHERE differed) FROM moved
            """,  # noqa: S608  literals
            tenant,
            shop,
            [level.key.item for level in ordered],
            [level.key.location for level in ordered],
            [level.available for level in ordered],
            [level.on_hand for level in ordered],
            [level.committed for level in ordered],
            [level.at for level in ordered],
            read,
            trust,
            old,
        )
        or 0,
    )


async def forget(tx: Tx, *, tenant: UUID, shop: UUID, keys: Sequence[LevelKey]) -> None:
    """These are no longer stocked there; should that be wrong, the next read of the store knows them again."""
    ordered = sorted(keys, key=lambda each: (each.item, each.location))
    await tx.run(
        "DELETE FROM stock_level l USING unnest($3::text[], $4::text[]) AS k (item_key, location_key)"
        " WHERE l.tenant_id = $1 AND l.shop_id = $2 AND l.item_key = k.item_key AND l.location_key = k.location_key",
        tenant,
        shop,
        [key.item for key in ordered],
        [key.location for key in ordered],
    )


async def doubt(tx: Tx, *, tenant: UUID, shop: UUID, run: UUID, keys: Sequence[LevelKey]) -> None:
    """Levels nobody knew, whose write may have counted: what they lack of it may have been sold since, and counts so."""
    ordered = sorted(keys, key=lambda each: (each.item, each.location))
    await tx.run(
        """
        UPDATE stock_level l SET unexplained = s.new - l.available, unexplained_at = now()
        FROM stock_line s, unnest($4::text[], $5::text[]) AS k (item_key, location_key)
        WHERE s.tenant_id = $1 AND s.run_id = $3 AND s.item_key = k.item_key AND s.location_key = k.location_key
            AND s.state = 'stale' AND s.old IS NULL AND l.tenant_id = $1 AND l.shop_id = $2
            AND l.item_key = k.item_key AND l.location_key = k.location_key AND l.written_at IS NULL
            AND l.available < s.new
        """,
        tenant,
        shop,
        run,
        [key.item for key in ordered],
        [key.location for key in ordered],
    )


async def known(
    tx: Tx, *, tenant: UUID, shop: UUID, items: Sequence[str], trust: timedelta
) -> Mapping[LevelKey, KnownLevel]:
    """The levels of these items at every location."""
    rows = await tx.rows(
        f"SELECT *, CASE WHEN {LAPSED.format(trust='$4', shop='$2')} THEN 0 ELSE unexplained END AS open"  # noqa: S608  literals
        " FROM stock_level l WHERE tenant_id = $1 AND shop_id = $2 AND item_key = ANY ($3::text[])",
        tenant,
        shop,
        list(items),
        trust,
    )
    found = [_known(row) for row in rows]
    return {level.seen.key: level for level in found}


def _known(row: Row) -> KnownLevel:
    key = LevelKey(item=StoreKey(row["item_key"]), location=StoreKey(row["location_key"]))
    return KnownLevel(
        seen=LevelSeen(
            key=key,
            available=row["available"],
            on_hand=row["on_hand"],
            committed=row["committed"],
            at=row["seen_at"],
        ),
        unexplained=row["open"],
        written_observed_at=row["written_observed_at"],
        gains=row["gains"],
    )


async def written(tx: Tx, *, tenant: UUID, shop: UUID, effect: UUID, on_hand: bool) -> None:
    """A call of ours went through, so its levels showed what it expected, whatever we believed, and now what it wrote.

    An order that had explained more than the level lost by then explains nothing of what it loses later, and what the
    level was raised by is overwritten.

    Locked first and in order, then each found by its key: a join reads the whole shop while its statistics are young.
    """
    await tx.run(f"{_LINES} SELECT count(*) FROM line m CROSS JOIN LATERAL (SELECT 1 {_LEVEL} FOR UPDATE) k",  # noqa: S608  literals
        tenant, shop, effect)  # fmt: skip
    await tx.run(
        f"""
        {_LINES}
        UPDATE stock_level l SET written_at = now(), gains = l.gains + 1,
            written_observed_at = greatest(l.written_observed_at, m.observed_at),
            seen_at = greatest(l.seen_at, date_trunc('second', m.sent_at)),
            available = CASE WHEN $4 THEN l.available + m.new - coalesce(m.old, m.new) ELSE m.new END,
            unexplained = CASE WHEN $4 THEN l.unexplained WHEN k.units < 0 AND l.unexplained_at < m.sent_at THEN 0
                ELSE k.units END,
            raised = CASE WHEN $4 THEN l.raised ELSE 0 END,
            on_hand = CASE WHEN $4 THEN m.new ELSE l.on_hand + m.new - coalesce(m.old, m.new) END
        FROM line m CROSS JOIN LATERAL (SELECT x.ctid AS place,
            x.unexplained + greatest(d.lost, -greatest(x.unexplained, 0)) AS units {_LEVEL_LOST} OFFSET 0) k
        WHERE l.ctid = k.place
        """,  # noqa: S608  literals
        tenant,
        shop,
        effect,
        on_hand,
    )
    await tx.run(
        f"""
        {_LINES}
        INSERT INTO stock_level (tenant_id, shop_id, item_key, location_key, available, on_hand, seen_at, written_at,
            gains, written_observed_at, known_since)
        SELECT $1, $2, m.item_key, m.location_key, m.new, m.new, m.sent_at, now(), 1, m.observed_at, m.sent_at
        FROM line m WHERE m.old IS NULL ORDER BY m.item_key, m.location_key ON CONFLICT DO NOTHING
        """,  # noqa: S608  literals
        tenant,
        shop,
        effect,
    )


async def given_up(tx: Tx, *, tenant: UUID, shop: UUID, effects: Sequence[UUID]) -> None:
    """Nobody will ever know whether these calls counted: if they did, all that they gave may have been sold since, and

    counts so.
    """
    await tx.run(f"{_GIVEN} SELECT count(*) FROM line m CROSS JOIN LATERAL (SELECT 1 {_LEVEL} FOR UPDATE) k",  # noqa: S608  literals
        tenant, shop, list(effects))  # fmt: skip
    await tx.run(
        f"""
        {_GIVEN}
        UPDATE stock_level l SET gains = l.gains + 1, unexplained = l.unexplained + greatest(0, m.new - m.old),
            unexplained_at = now()
        FROM line m CROSS JOIN LATERAL (SELECT x.ctid AS place {_LEVEL} OFFSET 0) k WHERE l.ctid = k.place
        """,  # noqa: S608  literals
        tenant,
        shop,
        list(effects),
    )


_GIVEN = """WITH line AS MATERIALIZED (SELECT s.item_key, s.location_key, s.new, s.old FROM stock_line s
    WHERE s.tenant_id = $1 AND s.effect_id = ANY ($3::uuid[]) AND s.state = 'sent' AND s.old IS NOT NULL
    ORDER BY s.item_key, s.location_key)"""
CARRIES = """c.state = 'live' AND NOT c.practice AND coalesce((c.flows ->> 'inventory')::bool, true)
    AND EXISTS (SELECT 1 FROM stock_setting s WHERE s.tenant_id = $1 AND s.connection_id = c.id)"""
"""Whether a connection writes its shop's stock, so that what it knows of orders counts at the levels."""
LAPSED = f"""(l.unexplained <> 0 AND l.unexplained_at <= now() - {{trust}}::interval AND coalesce((
    SELECT min(r.first_seen_at) FROM connection c JOIN record r ON r.tenant_id = $1 AND r.connection_id = c.id
    WHERE c.tenant_id = $1 AND c.shop_id = {{shop}} AND {CARRIES} AND r.units_at IS NULL AND r.kind = 'order'
        AND r.state IN ('waiting', 'running')) >= l.unexplained_at + {{trust}}::interval, true))"""  # noqa: S608  literals
"""Whether what is unexplained is so for too long to be a sale. An order that was heard of by then may still explain it."""
_LINES = """WITH line AS MATERIALIZED (
    SELECT s.item_key, s.location_key, s.new, s.old, s.observed_at,
        (SELECT e.sent_at FROM effect e WHERE e.tenant_id = $1 AND e.id = $3) AS sent_at
    FROM stock_line s WHERE s.tenant_id = $1 AND s.effect_id = $3 AND s.state = 'sent'
    ORDER BY s.item_key, s.location_key)"""
_THERE = (
    """x.tenant_id = $1 AND x.shop_id = $2 AND x.item_key = m.item_key AND x.location_key = m.location_key"""
)
_LEVEL = f"FROM stock_level x WHERE {_THERE}"
_LEVEL_LOST = f"""FROM stock_level x, LATERAL (SELECT x.available - coalesce(m.old, x.available) AS lost) d
    WHERE {_THERE}"""
