"""Marks: which records' news still has to be written back to the store, taken in batches and settled afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import orjson

from app.domain.ids import StoreKey
from app.models.database import Row, Tx
from app.models.record_locks import lock


@dataclass(frozen=True, kw_only=True)
class DueMark:
    record: UUID
    key: StoreKey
    number: str | None
    state: str
    sentence: str | None
    code: str | None
    hash: bytes


async def take(
    tx: Tx, *, tenant: UUID, connection: UUID, kind: str, most: int, lease: timedelta
) -> list[DueMark]:
    """A batch once its oldest mark is due; whatever waits for its turn fills it up (rule 25). None while nothing may be written.

    Each says what its record ended with, however far a later run of it has come by now.
    """
    rows = await tx.rows(
        """
        WITH mine AS MATERIALIZED (
            SELECT id FROM record WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 AND mark_due_at IS NOT NULL
              AND EXISTS (SELECT 1 FROM record d WHERE d.tenant_id = $1 AND d.connection_id = $2 AND d.kind = $3
                          AND d.mark_due_at <= now())
              AND EXISTS (SELECT 1 FROM connection c WHERE c.tenant_id = $1 AND c.id = $2 AND NOT c.no_writes
                          AND NOT c.practice)
              AND (mark_sent_at IS NULL OR mark_due_at <= now() OR mark_due_at < mark_sent_at)
            ORDER BY mark_due_at, id LIMIT $4 FOR UPDATE SKIP LOCKED)
        UPDATE record r SET mark_sent_at = now(), mark_due_at = now() + $5 FROM mine
        WHERE r.tenant_id = $1 AND r.id = mine.id
        RETURNING r.id, r.source_key, r.mark, r.mark_hash
        """,
        tenant,
        connection,
        kind,
        most,
        lease,
    )
    return [_due(row) for row in rows]


def _due(row: Row) -> DueMark:
    shown = orjson.loads(row["mark"])
    return DueMark(
        record=row["id"],
        key=StoreKey(row["source_key"]),
        number=shown["number"],
        state=shown["state"],
        sentence=shown["sentence"],
        code=shown["code"],
        hash=row["mark_hash"],
    )


async def plan(
    tx: Tx,
    *,
    tenant: UUID,
    connection: UUID,
    effect: UUID,
    payload: bytes,
    payload_hash: bytes,
    deadline: timedelta,
) -> None:
    """The effect row of one write-back call, committed before it is sent. The same marks twice leave one."""
    await tx.run(
        "INSERT INTO effect (tenant_id, id, connection_id, target, key, kind, state, payload, payload_hash, epoch, tries,"
        " sent_at, deadline_at, settle_at)"
        " VALUES ($1, $2, $3, 'store', 'marks/' || $2::uuid::text, 'marks', 'sent', $4, $5, 0, 1, now(), now() + $6, now() + $6)",
        tenant,
        effect,
        connection,
        payload,
        payload_hash,
        deadline,
    )


async def settle(
    tx: Tx,
    *,
    tenant: UUID,
    effect: UUID,
    written: Sequence[DueMark],
    again: Sequence[DueMark],
    after: timedelta,
) -> None:
    """Ends the effect; those to be tried again become due `after`. A mark that changed meanwhile stays due."""
    await tx.run(
        "UPDATE effect SET state = $3, ended_at = now(), payload = NULL WHERE tenant_id = $1 AND id = $2",
        tenant,
        effect,
        "unclear" if again else "done",
    )
    await lock(tx, tenant=tenant, records=[mark.record for mark in (*written, *again)])
    for mark in sorted(written, key=lambda m: m.record):
        await tx.run(
            "UPDATE record SET marked_hash = $3, mark_sent_at = now(),"
            " mark_due_at = CASE WHEN mark_hash = $3 THEN NULL ELSE now() END WHERE tenant_id = $1 AND id = $2",
            tenant,
            mark.record,
            mark.hash,
        )
    for mark in sorted(again, key=lambda m: m.record):
        await tx.run(
            "UPDATE record SET mark_due_at = now() + $3 WHERE tenant_id = $1 AND id = $2",
            tenant,
            mark.record,
            after,
        )
