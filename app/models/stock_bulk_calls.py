"""The calls of a load: each is a line of the file with its own frozen key, bound to its lines of the plan beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.domain.inventory import LevelKey
from app.models import stock_levels
from app.models.database import Row, Tx
from app.models.stock_bulks import Bulk
from app.models.stock_effects import EACH_LINE, KIND, StockEffect
from app.models.stock_writers import Pen

BULK = "stock_bulk"
"""The kind of an effect that leaves in a file: no single call repeats it while the file is out."""


@dataclass(frozen=True, kw_only=True)
class FrozenCall:
    """One line of the file that is uploaded; `payload` is sealed."""

    line: int
    key: str
    payload: bytes


async def freeze(
    tx: Tx, pen: Pen, bulk: Bulk, *, line: int, id: UUID, key: str, payload: bytes, payload_hash: bytes,
    lines: Sequence[LevelKey],
) -> None:  # fmt: skip
    """A call as a planned effect, the line it will be in the file, and its levels bound to it."""
    await tx.run(
        "INSERT INTO effect (tenant_id, id, connection_id, target, key, kind, state, payload, payload_hash, epoch)"
        " VALUES ($1, $2, $3, 'store', $4, $5, 'planned', $6, $7, $8)",
        pen.tenant,
        id,
        pen.connection,
        key,
        BULK,
        payload,
        payload_hash,
        pen.epoch,
    )
    await tx.run(
        "INSERT INTO stock_bulk_call (tenant_id, bulk_id, line, effect_id) VALUES ($1, $2, $3, $4)",
        pen.tenant,
        bulk.id,
        line,
        id,
    )
    ordered = sorted(lines, key=lambda each: (each.location, each.item))
    await tx.run(
        "UPDATE stock_line l SET state = 'sent', effect_id = $3"  # noqa: S608  literals
        f" FROM unnest($4::text[], $5::text[]) AS n (location_key, item_key) {EACH_LINE}",
        pen.tenant,
        bulk.run,
        id,
        [each.location for each in ordered],
        [each.item for each in ordered],
    )


async def page(tx: Tx, *, tenant: UUID, bulk: UUID, after: int, most: int) -> list[FrozenCall]:
    """The next calls of a file, in its order."""
    rows = await tx.rows(
        "SELECT c.line, e.key, e.payload FROM stock_bulk_call c JOIN effect e ON e.tenant_id = $1 AND e.id = c.effect_id"
        " WHERE c.tenant_id = $1 AND c.bulk_id = $2 AND c.line > $3 ORDER BY c.line LIMIT $4",
        tenant,
        bulk,
        after,
        most,
    )
    return [FrozenCall(line=row["line"], key=row["key"], payload=row["payload"]) for row in rows]


async def leave(tx: Tx, *, tenant: UUID, bulk: UUID, deadline: timedelta) -> None:
    """All of a file's calls count as sent from now on, whatever is heard of them."""
    await tx.run(
        "UPDATE effect e SET state = 'sent', tries = e.tries + 1, sent_at = coalesce(e.sent_at, now()),"
        " deadline_at = now() + $3, settle_at = now() + $3 FROM stock_bulk_call c WHERE c.tenant_id = $1 AND c.bulk_id = $2"
        " AND e.tenant_id = $1 AND e.id = c.effect_id AND e.state IN ('planned', 'sent')",
        tenant,
        bulk,
        deadline,
    )


async def inherit(tx: Tx, pen: Pen, *, bulk: UUID) -> None:
    """Whoever holds the pen now writes down what became of them."""
    await tx.run(
        "UPDATE effect e SET epoch = $3 FROM stock_bulk_call c WHERE c.tenant_id = $1 AND c.bulk_id = $2"
        " AND e.tenant_id = $1 AND e.id = c.effect_id AND e.state = 'sent' AND e.epoch < $3",
        pen.tenant,
        bulk,
        pen.epoch,
    )


async def of_line(tx: Tx, *, tenant: UUID, bulk: UUID, line: int) -> StockEffect | None:
    """The call behind a line of the result, while nobody has written down what became of it."""
    row = await tx.row(
        "SELECT e.*, now() - e.sent_at AS age FROM stock_bulk_call c JOIN effect e ON e.tenant_id = $1"
        " AND e.id = c.effect_id WHERE c.tenant_id = $1 AND c.bulk_id = $2 AND c.line = $3 AND e.state = 'sent'",
        tenant,
        bulk,
        line,
    )
    return _effect(row) if row else None


def _effect(row: Row) -> StockEffect:
    return StockEffect(
        id=row["id"], key=row["key"], payload=row["payload"], run=None, tries=row["tries"], age=row["age"]
    )


async def stayed(tx: Tx, *, tenant: UUID, bulk: UUID) -> None:
    """The store said for certain that it takes no file: none of its calls has left."""
    await tx.run(
        "UPDATE effect e SET state = 'planned', sent_at = NULL FROM stock_bulk_call c WHERE c.tenant_id = $1"
        " AND c.bulk_id = $2 AND e.tenant_id = $1 AND e.id = c.effect_id AND e.state = 'sent'",
        tenant,
        bulk,
    )


async def hand_over(tx: Tx, pen: Pen, *, bulk: UUID) -> None:
    """The file is over: calls it says nothing of are repeated one by one, under their own keys. What never left is planned.

    But for those with a level that nobody knew: nothing would protect it now, so all of theirs are read again.
    """
    bare = await tx.rows(
        "SELECT e.id FROM stock_bulk_call c JOIN effect e ON e.tenant_id = $1 AND e.id = c.effect_id WHERE c.tenant_id = $1"
        " AND c.bulk_id = $2 AND e.state = 'sent' AND e.kind = $3 AND EXISTS (SELECT 1 FROM stock_line l"
        " WHERE l.tenant_id = $1 AND l.effect_id = e.id AND l.old IS NULL) ORDER BY e.id FOR UPDATE OF e",
        pen.tenant,
        bulk,
        BULK,
    )
    if bare:
        await stock_levels.given_up(tx, tenant=pen.tenant, shop=pen.shop, effects=[row["id"] for row in bare])
    await tx.run(
        """
        WITH mine AS (
            SELECT e.id, e.id = ANY ($6::uuid[]) AS bare FROM stock_bulk_call c
            JOIN effect e ON e.tenant_id = $1 AND e.id = c.effect_id
            WHERE c.tenant_id = $1 AND c.bulk_id = $2 AND e.state = 'sent' AND e.kind = $3),
        stale AS (
            UPDATE stock_line l SET state = 'stale', effect_id = NULL FROM mine m
            WHERE m.bare AND l.tenant_id = $1 AND l.effect_id = m.id AND l.state = 'sent')
        UPDATE effect e SET kind = $4, epoch = $5, state = CASE WHEN m.bare THEN 'refused' ELSE 'sent' END,
            ended_at = CASE WHEN m.bare THEN now() END
        FROM mine m WHERE e.tenant_id = $1 AND e.id = m.id
        """,
        pen.tenant,
        bulk,
        BULK,
        KIND,
        pen.epoch,
        [row["id"] for row in bare],
    )
    await _thaw(tx, tenant=pen.tenant, bulk=bulk)
    await tx.run("DELETE FROM stock_bulk_call WHERE tenant_id = $1 AND bulk_id = $2", pen.tenant, bulk)


async def _thaw(tx: Tx, *, tenant: UUID, bulk: UUID) -> None:
    """Calls that never left: their levels are planned as they were before."""
    await tx.run(
        """
        WITH mine AS (
            SELECT e.id FROM stock_bulk_call c JOIN effect e ON e.tenant_id = $1 AND e.id = c.effect_id
            WHERE c.tenant_id = $1 AND c.bulk_id = $2 AND e.state = 'planned'),
        back AS (
            UPDATE stock_line l SET state = 'planned', effect_id = NULL FROM mine m
            WHERE l.tenant_id = $1 AND l.effect_id = m.id AND l.state = 'sent')
        UPDATE effect e SET state = 'refused', ended_at = now() FROM mine m WHERE e.tenant_id = $1 AND e.id = m.id
        """,
        tenant,
        bulk,
    )


async def any_left(tx: Tx, *, tenant: UUID, run: UUID, most: int) -> int:
    """How many lines of a run are still to be written, counted no further than that."""
    found = await tx.value(
        "SELECT count(*) FROM (SELECT 1 FROM stock_line WHERE tenant_id = $1 AND run_id = $2 AND state = 'planned'"
        " LIMIT $3) AS few",
        tenant,
        run,
        most,
    )
    return int(str(found))
