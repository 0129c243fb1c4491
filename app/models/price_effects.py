"""Effects of prices: one call to the store, its payload frozen and its lines bound to it before its first byte.

Prices have neither a key nor a compare-and-set, so a call whose answer is missing is never repeated as it was: it is
looked at, and only after its settle time may anything be sent for its lines again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.models.database import Row, Tx
from app.models.price_lines import EACH_PRICE, PriceLine
from app.models.stock_bulks import Bulk
from app.models.stock_writers import Pen

KIND, FILED = "prices", "price_file"
"""FILED: the call leaves in a file, and is judged by the file's result first."""


@dataclass(frozen=True, kw_only=True)
class PriceEffect:
    """`payload` is sealed. `settled`: by the database's clock it can't happen any more if it hasn't. `run` None: no lines."""

    id: UUID
    payload: bytes
    run: UUID | None
    settled: bool


async def send(
    tx: Tx, pen: Pen, *, run: UUID, id: UUID, payload: bytes, payload_hash: bytes, lines: Sequence[PriceLine],
    deadline: timedelta, settle: timedelta, lease: timedelta,
) -> bool:  # fmt: skip
    """Marks a new effect as sent, binds its lines and extends the lease, in one transaction.

    False: an heir writes here, or nobody may: a switch thrown before it stops every later call.
    """
    if not await held(tx, pen, lease):
        return False
    await tx.run(
        "INSERT INTO effect (tenant_id, id, connection_id, target, key, kind, state, payload, payload_hash, epoch, tries,"
        " sent_at, deadline_at, settle_at)"
        " VALUES ($1, $2, $3, 'store', $4, $5, 'sent', $6, $7, $8, 1, now(), now() + $9, now() + $9 + $10)",
        pen.tenant,
        id,
        pen.connection,
        str(id),
        KIND,
        payload,
        payload_hash,
        pen.epoch,
        deadline,
        settle,
    )
    await _bind(tx, pen.tenant, run, id, lines)
    return True


async def freeze(
    tx: Tx, pen: Pen, bulk: Bulk, *, id: UUID, payload: bytes, payload_hash: bytes, lines: Sequence[PriceLine]
) -> None:
    """A call as a planned effect, the line it will be in the file, and its lines bound to it."""
    await tx.run(
        "INSERT INTO effect (tenant_id, id, connection_id, target, key, kind, state, payload, payload_hash, epoch)"
        " VALUES ($1, $2, $3, 'store', $4, $5, 'planned', $6, $7, $8)",
        pen.tenant,
        id,
        pen.connection,
        str(id),
        FILED,
        payload,
        payload_hash,
        pen.epoch,
    )
    await tx.run(
        "INSERT INTO stock_bulk_call (tenant_id, bulk_id, line, effect_id) VALUES ($1, $2, $3, $4)",
        pen.tenant,
        bulk.id,
        bulk.lines,
        id,
    )
    assert bulk.run is not None
    await _bind(tx, pen.tenant, bulk.run, id, lines)


async def _bind(tx: Tx, tenant: UUID, run: UUID, effect: UUID, lines: Sequence[PriceLine]) -> None:
    ordered = sorted(lines, key=lambda line: line.place)
    await tx.run(
        "UPDATE price_line l SET state = 'sent', effect_id = $3, old = n.old, new = n.new, sale = n.sale,"  # noqa: S608  literals
        " observed_at = n.at FROM unnest($4::text[], $5::text[], $6::text[], $7::numeric[], $8::numeric[], $9::bool[],"
        f" $10::timestamptz[]) AS n (list_key, product_key, variant_key, old, new, sale, at) {EACH_PRICE}",
        tenant,
        run,
        effect,
        [line.key.list for line in ordered],
        [line.product for line in ordered],
        [line.key.variant for line in ordered],
        [line.old for line in ordered],
        [line.new for line in ordered],
        [line.sale for line in ordered],
        [line.observed_at for line in ordered],
    )


async def held(tx: Tx, pen: Pen, lease: timedelta) -> bool:
    """Whether the pen is still ours and something may be written, asked in the transaction that commits a call as sent."""
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
    tx: Tx, pen: Pen, effect: UUID, *, outcome: str, code: str | None = None, took: timedelta = timedelta(0)
) -> bool:
    """Appends the evidence, whoever writes now; ends the effect only for who still does. Its lines are the caller's."""
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
        "UPDATE effect SET state = $3, ended_at = now(), epoch = $4 WHERE tenant_id = $1 AND id = $2 AND epoch <= $4"
        " AND state IN ('sent', 'unclear')",
        pen.tenant,
        effect,
        outcome,
        pen.epoch,
    )
    return count == 1


async def open_of(tx: Tx, *, tenant: UUID, connection: UUID, most: int, after: UUID) -> list[PriceEffect]:
    """A page of calls whose outcome nobody has written down, by id; none that a file still speaks for."""
    rows = await tx.rows(
        "SELECT e.id, e.payload, e.settle_at < now() AS settled, (SELECT l.run_id FROM price_line l"
        " WHERE l.tenant_id = $1 AND l.effect_id = e.id LIMIT 1) AS run FROM effect e WHERE e.tenant_id = $1"
        " AND e.connection_id = $2 AND e.target = 'store' AND e.kind = $3 AND e.state IN ('sent', 'unclear')"
        " AND e.id > $5 ORDER BY e.id LIMIT $4",
        tenant,
        connection,
        KIND,
        most,
        after,
    )
    return [_effect(row) for row in rows]


async def unsettled(tx: Tx, *, tenant: UUID, connection: UUID) -> bool:
    """Whether any call may still happen."""
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT 1 FROM effect WHERE tenant_id = $1 AND connection_id = $2 AND target = 'store'"
            " AND kind = $3 AND state IN ('sent', 'unclear'))",
            tenant,
            connection,
            KIND,
        )
    )


async def of_line(tx: Tx, *, tenant: UUID, bulk: Bulk, line: int) -> PriceEffect | None:
    """The call behind a line of a file's result, while nobody has written down what became of it."""
    row = await tx.row(
        "SELECT e.id, e.payload, true AS settled, $4::uuid AS run FROM stock_bulk_call c JOIN effect e ON e.tenant_id = $1"
        " AND e.id = c.effect_id WHERE c.tenant_id = $1 AND c.bulk_id = $2 AND c.line = $3 AND e.state = 'sent'",
        tenant,
        bulk.id,
        line,
        bulk.run,
    )
    return _effect(row) if row else None


async def hand_over(tx: Tx, pen: Pen, *, bulk: UUID) -> None:
    """The file is over: what it says nothing of is looked at call by call, what never left is planned again."""
    await tx.run(
        "UPDATE effect e SET kind = $3, epoch = $4, settle_at = least(e.settle_at, now()) FROM stock_bulk_call c"
        " WHERE c.tenant_id = $1 AND c.bulk_id = $2 AND e.tenant_id = $1 AND e.id = c.effect_id AND e.state = 'sent'",
        pen.tenant,
        bulk,
        KIND,
        pen.epoch,
    )
    await tx.run(
        """
        WITH mine AS (
            SELECT e.id FROM stock_bulk_call c JOIN effect e ON e.tenant_id = $1 AND e.id = c.effect_id
            WHERE c.tenant_id = $1 AND c.bulk_id = $2 AND e.state = 'planned'),
        back AS (
            UPDATE price_line l SET state = 'planned', effect_id = NULL FROM mine m
            WHERE l.tenant_id = $1 AND l.effect_id = m.id AND l.state = 'sent')
        UPDATE effect e SET state = 'refused', ended_at = now() FROM mine m WHERE e.tenant_id = $1 AND e.id = m.id
        """,
        pen.tenant,
        bulk,
    )
    await tx.run("DELETE FROM stock_bulk_call WHERE tenant_id = $1 AND bulk_id = $2", pen.tenant, bulk)


def _effect(row: Row) -> PriceEffect:
    return PriceEffect(id=row["id"], payload=row["payload"], run=row["run"], settled=row["settled"])
