"""Effects: every outgoing write is a committed row before its first byte; attempts are the evidence of each try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from app.models.database import Row, Tx
from app.models.records import Claim


class EffectState(StrEnum):
    PLANNED = "planned"
    SENT = "sent"
    DONE = "done"
    REFUSED = "refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """`payload` is sealed and frozen with the first send; `deadline_at` and `settle_at` bound when it can still commit.

    `doubtful`, of one that was just marked as sent: an earlier request of it may have reached the other side.
    """

    id: UUID
    key: str
    state: EffectState
    payload: bytes | None
    epoch: int
    tries: int
    planned_at: datetime
    deadline_at: datetime | None
    settle_at: datetime | None
    ended_at: datetime | None
    sink_key: str | None
    doubtful: bool = False


@dataclass(frozen=True, kw_only=True)
class Effects:
    """A record's effects by key, and the database's clock when they were read."""

    by_key: Mapping[str, Effect]
    now: datetime

    @property
    def sent_any(self) -> bool:
        """Whether anything may ever have reached the host for this record."""
        return any(e.state not in {EffectState.PLANNED, EffectState.REFUSED} for e in self.by_key.values())

    def within(self, past: timedelta) -> int:
        """How many steps were begun in the time just past."""
        return sum(e.planned_at > self.now - past for e in self.by_key.values())


async def of_record(tx: Tx, claim: Claim) -> Effects:
    rows = await tx.rows(
        "SELECT e.*, now() AS read_at FROM (SELECT 1) AS one"
        " LEFT JOIN effect e ON e.tenant_id = $1 AND e.record_id = $2",
        claim.tenant,
        claim.record,
    )
    found = [_effect(row) for row in rows if row["id"] is not None]
    return Effects(by_key={e.key: e for e in found}, now=rows[0]["read_at"])


async def send(
    tx: Tx,
    claim: Claim,
    *,
    target: Literal["host", "store"],
    key: str,
    kind: str,
    payload: bytes,
    payload_hash: bytes,
    deadline: timedelta,
    settle: timedelta,
    margin: timedelta,
) -> Effect | None:
    """Marks the effect as sent and extends the lease past its deadline, in one transaction (rules 1, 8).

    A payload that was sent before stays frozen: the answer carries the one to send. None: an heir has the record, or
    nothing may be written there; don't send.
    """
    row = await tx.row(
        """
        WITH before AS (
            SELECT e.state FROM effect e WHERE e.tenant_id = $1 AND e.connection_id = $2 AND e.key = $4),
        held AS (
            UPDATE record SET lease_until = now() + $11 WHERE tenant_id = $1 AND id = $3 AND epoch = $8 AND lease_until > now()
              AND EXISTS (SELECT 1 FROM connection c WHERE c.tenant_id = $1 AND c.id = $2 AND NOT c.no_writes
                          AND NOT (c.practice AND $12 = 'store'))
            RETURNING id)
        INSERT INTO effect AS e (tenant_id, connection_id, record_id, target, key, kind, state, payload, payload_hash, epoch,
            tries, sent_at, deadline_at, settle_at)
        SELECT $1, $2, held.id, $12, $4, $5, 'sent', $6, $7, $8, 1, now(), now() + $9, now() + $9 + $10 FROM held
        ON CONFLICT (tenant_id, connection_id, key) DO UPDATE SET
            target = $12, state = 'sent', epoch = $8, tries = e.tries + 1, sent_at = now(), deadline_at = now() + $9,
            settle_at = now() + $9 + $10,
            payload = CASE WHEN e.state IN ('planned', 'refused') OR e.payload IS NULL THEN $6 ELSE e.payload END,
            payload_hash = CASE WHEN e.state IN ('planned', 'refused') OR e.payload IS NULL THEN $7 ELSE e.payload_hash END
        RETURNING e.*, coalesce((SELECT state NOT IN ('planned', 'refused') FROM before), false) AS doubtful
        """,
        claim.tenant,
        claim.connection,
        claim.record,
        key,
        kind,
        payload,
        payload_hash,
        claim.epoch,
        deadline,
        settle,
        deadline + margin,
        target,
    )
    return replace(_effect(row), doubtful=row["doubtful"]) if row is not None else None


async def end(
    tx: Tx,
    *,
    tenant: UUID,
    effect: Effect,
    record: UUID | None,
    epoch: int,
    outcome: str,
    code: str | None = None,
    sink_key: str | None = None,
    number: str | None = None,
    evidence: bytes | None = None,
    took: timedelta = timedelta(0),
) -> bool:
    """Appends the evidence whoever holds the record now; changes the effect only for who still holds the record.

    `outcome` retry means nothing was done for certain, so the effect is planned again. False: an heir has taken over.
    """
    # A repeat that was surely not sent says nothing about an earlier one that may have been: that stays unclear.
    state = {"done": "done", "refused": "refused", "unclear": "unclear", "retry": "planned"}[outcome]
    if outcome == "retry" and effect.doubtful:
        state = "unclear"
    count = await tx.run(
        """
        WITH told AS (
            INSERT INTO attempt (tenant_id, effect_id, record_id, epoch, outcome, code, sink_key, number, evidence, took_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))
        UPDATE effect SET state = $11, ended_at = now(), sink_key = coalesce($7, sink_key)
        WHERE tenant_id = $1 AND id = $2 AND epoch = $4
          AND EXISTS (SELECT 1 FROM record r WHERE r.tenant_id = $1 AND r.id = $3 AND r.epoch = $4)
        """,
        tenant,
        effect.id,
        record,
        epoch,
        outcome,
        code,
        sink_key,
        number,
        evidence,
        int(took.total_seconds() * 1000),
        state,
    )
    return count == 1


async def adopt(tx: Tx, claim: Claim, *, key: str, sink_key: str) -> bool:
    """What came of a step that nobody knew of was found: it is done. False when an heir has the record."""
    count = await tx.run(
        "UPDATE effect SET state = 'done', ended_at = now(), sink_key = $4 WHERE tenant_id = $1 AND connection_id = $2"
        " AND key = $3 AND state IN ('sent', 'unclear') AND EXISTS (SELECT 1 FROM record r WHERE r.tenant_id = $1"
        " AND r.id = $5 AND r.epoch = $6)",
        claim.tenant,
        claim.connection,
        key,
        sink_key,
        claim.record,
        claim.epoch,
    )
    return count == 1


def _effect(row: Row) -> Effect:
    return Effect(
        id=row["id"],
        key=row["key"],
        state=EffectState(row["state"]),
        payload=row["payload"],
        epoch=row["epoch"],
        tries=row["tries"],
        planned_at=row["planned_at"],
        deadline_at=row["deadline_at"],
        settle_at=row["settle_at"],
        ended_at=row["ended_at"],
        sink_key=row["sink_key"],
    )
