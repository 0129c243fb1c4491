"""Effects of stock: one call to the store, its key and payload frozen and its lines bound to it before its first byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.inventory import LevelKey
from app.models.database import Row, Tx
from app.models.stock_writers import Pen

KIND = "stock"
EACH_LINE = """CROSS JOIN LATERAL (SELECT x.ctid AS place FROM stock_line x WHERE x.tenant_id = $1 AND x.run_id = $2
    AND x.location_key = n.location_key AND x.item_key = n.item_key OFFSET 0) AS k WHERE l.ctid = k.place"""
"""Looks each line of a run up by its key. A plain join reads the whole run while nobody has gathered statistics of it.

Its lines are changed by who holds the pen alone, so that none moves meanwhile.
"""


@dataclass(frozen=True, kw_only=True)
class StockEffect:
    """`payload` is sealed. `age` is since its first send, by the database's clock. `run` None: nothing hangs on it."""

    id: UUID
    key: str
    payload: bytes
    run: UUID | None
    tries: int
    age: timedelta


async def send(
    tx: Tx, pen: Pen, *, run: UUID, id: UUID, key: str, payload: bytes, payload_hash: bytes,
    lines: Sequence[LevelKey], deadline: timedelta, lease: timedelta,
) -> bool:  # fmt: skip
    """Marks a new effect as sent, binds its lines and extends the lease, in one transaction. False: an heir writes here,

    or nobody may.
    """
    if not await _held(tx, pen, lease):
        return False
    await tx.run(
        "INSERT INTO effect (tenant_id, id, connection_id, target, key, kind, state, payload, payload_hash, epoch, tries,"
        " sent_at, deadline_at, settle_at)"
        " VALUES ($1, $2, $3, 'store', $4, $5, 'sent', $6, $7, $8, 1, now(), now() + $9, now() + $9)",
        pen.tenant,
        id,
        pen.connection,
        key,
        KIND,
        payload,
        payload_hash,
        pen.epoch,
        deadline,
    )
    ordered = sorted(lines, key=lambda line: (line.location, line.item))
    await tx.run(
        "UPDATE stock_line l SET state = 'sent', effect_id = $3"  # noqa: S608  literals
        f" FROM unnest($4::text[], $5::text[]) AS n (location_key, item_key) {EACH_LINE}",
        pen.tenant,
        run,
        id,
        [line.location for line in ordered],
        [line.item for line in ordered],
    )
    return True


async def again(tx: Tx, pen: Pen, effect: StockEffect, *, deadline: timedelta, lease: timedelta) -> bool:
    """The same frozen call is about to leave once more. False: an heir writes here, or nobody may."""
    if not await _held(tx, pen, lease):
        return False
    count = await tx.run(
        "UPDATE effect SET tries = tries + 1, epoch = $3, deadline_at = now() + $4 WHERE tenant_id = $1 AND id = $2"
        " AND state IN ('sent', 'unclear') AND epoch <= $3",
        pen.tenant,
        effect.id,
        pen.epoch,
        deadline,
    )
    return count == 1


async def _held(tx: Tx, pen: Pen, lease: timedelta) -> bool:
    """Asked in the transaction that commits a call as sent, so that a switch thrown before it stops every later one."""
    count = await tx.run(
        "UPDATE stock_writer SET until = greatest(until, now() + $4)"
        " WHERE tenant_id = $1 AND shop_id = $2 AND epoch = $3 AND until > now() AND EXISTS (SELECT 1 FROM connection c"
        " WHERE c.tenant_id = $1 AND c.id = $5 AND c.state = 'live' AND NOT c.no_writes AND NOT c.practice)",
        pen.tenant,
        pen.shop,
        pen.epoch,
        lease,
        pen.connection,
    )
    return count == len(pen.locations)


async def end(
    tx: Tx,
    pen: Pen,
    effect: UUID,
    *,
    outcome: str,
    code: str | None = None,
    took: timedelta = timedelta(0),
) -> bool:
    """Appends the evidence, whoever writes now; moves the effect on only for who still does, and then its lines follow

    (`release`). `outcome` is done, refused or unclear.
    """
    await tx.run(
        "INSERT INTO attempt (tenant_id, effect_id, epoch, outcome, code, took_ms) VALUES ($1, $2, $3, $4, $5, $6)",
        pen.tenant,
        effect,
        pen.epoch,
        outcome,
        code,
        int(took.total_seconds() * 1000),
    )
    count = await tx.run(
        "UPDATE effect SET state = $3, ended_at = now() WHERE tenant_id = $1 AND id = $2 AND epoch = $4"
        " AND state IN ('sent', 'unclear')",
        pen.tenant,
        effect,
        outcome,
        pen.epoch,
    )
    return count == 1


async def release(tx: Tx, pen: Pen, effect: UUID, *, lines: str) -> None:
    """What the lines of a call that has just been ended become: done, planned or stale."""
    await tx.run(
        "UPDATE stock_line SET state = $3, effect_id = CASE WHEN $3 = 'done' THEN effect_id END"
        " WHERE tenant_id = $1 AND effect_id = $2 AND state = 'sent'",
        pen.tenant,
        effect,
        lines,
    )


async def open_of(tx: Tx, pen: Pen, *, most: int, after: UUID, key_life: timedelta) -> list[StockEffect]:
    """A page of calls whose outcome nobody has written down, by id: those of the pen's connection, and those that another

    one of the shop left about these locations, which nothing else is written to before: about these alone, or so long ago
    that nobody can repeat them.
    """
    rows = await tx.rows(
        "SELECT e.*, now() - e.sent_at AS age, (SELECT l.run_id FROM stock_line l WHERE l.tenant_id = $1"
        " AND l.effect_id = e.id LIMIT 1) AS run FROM connection c JOIN effect e ON e.tenant_id = $1 AND e.connection_id = c.id"
        " AND e.target = 'store' AND e.kind = $3 AND e.state IN ('sent', 'unclear') AND e.id > $5"
        " WHERE c.tenant_id = $1 AND c.shop_id = $6 AND (c.id = $2 OR NOT EXISTS (SELECT 1 FROM stock_line l"
        " WHERE l.tenant_id = $1 AND l.effect_id = e.id AND l.location_key <> ALL ($7::text[]))"
        " OR e.sent_at <= now() - $8::interval AND EXISTS (SELECT 1 FROM stock_line l WHERE l.tenant_id = $1"
        " AND l.effect_id = e.id AND l.location_key = ANY ($7::text[]))) ORDER BY e.id LIMIT $4",
        pen.tenant,
        pen.connection,
        KIND,
        most,
        after,
        pen.shop,
        list(pen.locations),
        key_life,
    )
    return [_effect(row) for row in rows]


def _effect(row: Row) -> StockEffect:
    return StockEffect(
        id=row["id"],
        key=row["key"],
        payload=row["payload"],
        run=row["run"],
        tries=row["tries"],
        age=row["age"],
    )


@dataclass(frozen=True, kw_only=True)
class BoundLine:
    """A line of a call: what it wrote, by which observation, and how often its level may have gained before."""

    key: LevelKey
    new: int
    old: int | None
    observed_at: datetime
    gains: int


async def lines_of(tx: Tx, *, tenant: UUID, effect: UUID) -> list[BoundLine]:
    """The lines bound to a call, as many as a call holds at most."""
    rows = await tx.rows(
        "SELECT * FROM stock_line WHERE tenant_id = $1 AND effect_id = $2 ORDER BY location_key, item_key",
        tenant,
        effect,
    )
    return [
        BoundLine(
            key=LevelKey(item=r["item_key"], location=r["location_key"]),
            new=r["new"],
            old=r["old"],
            observed_at=r["observed_at"],
            gains=r["gains"],
        )
        for r in rows
    ]
