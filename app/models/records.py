"""Records: one row per thing kept in step; wanted and done, leases with epochs, and every change of state."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import orjson

from app.domain.ids import ConnectionId, RecordId, ShopId, TenantId
from app.errors import Reason
from app.models.database import Row, Tx
from app.models.record_locks import LOCKED
from app.ports import Json
from app.steps.points import RecordKind


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    SETTLED = "settled"
    HELD = "held"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class Word(StrEnum):
    """What a person said of a record; its next run carries it out (app/sync/word.py)."""

    SKIP = "skip"
    ADOPT = "adopt"
    UNLINK = "unlink"


# Only a claim starts a run and only the holder of its epoch ends it; no other change of state exists.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.RUNNING: frozenset(State) - {State.RUNNING},
    **{state: frozenset({State.RUNNING}) for state in State if state is not State.RUNNING},
}


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A record that this worker holds until `lease_until`; `epoch` proves it in every later statement.

    `source_key` is what the side it is read on knows it by, `sink_key` the other side's, once linked.
    `before` is the state it was in. `told` is what the ERP has been told so far (the told set), None before the first send.
    `low`: it can wait, so the store is read in the lowest lane. `probe`: it is the one that an open breaker lets through.
    `replay`: it is decided anew by the mapping version of this
    number, 0: by its own. `word`: what a person said of it, `word_key` and `word_number` the document they named.
    """

    tenant: TenantId
    record: RecordId
    connection: ConnectionId
    shop: ShopId
    kind: RecordKind
    source_key: str
    epoch: int
    wanted: int
    before: State
    min_version: datetime | None
    read_version: datetime | None
    first_seen_at: datetime
    content_hash: bytes | None
    told: Mapping[str, Json] | None
    mapping_version: int | None
    sink_key: str | None
    sink_number: str | None
    approved: bool
    asked: bool
    held_runs: int
    attempts: int
    failing_since: datetime | None
    reason_code: str | None
    doubles_due_at: datetime | None
    low: bool = False
    probe: bool = False
    replay: int | None = None
    word: Word | None = None
    word_key: str | None = None
    word_number: str | None = None


@dataclass(frozen=True, kw_only=True)
class End:
    """How a run of a record ends. `again_at`: due once more then, whatever happens meanwhile.
    `failed` counts towards the retry policy; `keep_reason`: the reason it had stays.
    `mark` is what the store is to show, written to it from `mark_at` on.

    Fields of None leave the row as it is; `told`, once set, is only ever grown by the flow.
    """

    state: State
    reason: Reason | None = None
    again_at: datetime | None = None
    failed: bool = False
    progressed: bool = False
    keep_reason: bool = False
    reference: str | None = None
    external_id: str | None = None
    sink_key: str | None = None
    sink_number: str | None = None
    told: Mapping[str, Json] | None = None
    mapping_version: int | None = None
    read_version: datetime | None = None
    read_soon: bool = False
    content_hash: bytes | None = None
    buyer_key: str | None = None
    email_hash: bytes | None = None
    placed_at: datetime | None = None
    amount: Decimal | None = None
    currency: str | None = None
    mark: Mapping[str, str | None] | None = None
    mark_at: datetime | None = None
    doubles_due_at: datetime | None = None
    parent_key: str | None = None
    sink_address: str | None = None


async def claim(
    tx: Tx, *, tenant: UUID, shop: UUID, worker: str, lease: timedelta, most: int, kinds: Sequence[str]
) -> list[Claim]:
    """Takes due records of a shop whose connection may run; each gets a new epoch.

    Those of a flow that somebody stopped stay due. A half-open breaker lets one through and closes behind it until that
    one has ended or its lease has.
    """
    rows = await tx.rows(
        """
        WITH due AS MATERIALIZED (
            SELECT r.id, r.state, r.connection_id, c.breaker_failures,
                   row_number() OVER (PARTITION BY r.connection_id ORDER BY r.due_at, r.id) AS place
            FROM record r JOIN connection c ON c.tenant_id = r.tenant_id AND c.id = r.connection_id
            WHERE r.tenant_id = $1 AND r.shop_id = $2 AND r.due_at <= now() AND r.kind = ANY ($6::text[])
              AND (r.lease_until IS NULL OR r.lease_until < now())
              AND c.state = 'live' AND (c.breaker_until IS NULL OR c.breaker_until < now())
              AND NOT EXISTS (SELECT 1 FROM schedule t WHERE t.tenant_id = $1 AND t.connection_id = r.connection_id
                              AND t.stopped_at IS NOT NULL AND r.kind = ANY (t.kinds))
            ORDER BY r.due_at, r.id LIMIT $5 * 2),
        mine AS MATERIALIZED (
            SELECT r.id, d.state AS before, d.connection_id, d.breaker_failures
            FROM due d JOIN record r ON r.tenant_id = $1 AND r.id = d.id
            WHERE (d.breaker_failures < 5 OR d.place = 1)
              AND r.due_at <= now() AND (r.lease_until IS NULL OR r.lease_until < now())
            ORDER BY r.id LIMIT $5 FOR UPDATE OF r SKIP LOCKED),
        probing AS (
            UPDATE connection c SET breaker_until = now() + $4
            WHERE c.tenant_id = $1 AND c.id IN (SELECT connection_id FROM mine WHERE breaker_failures >= 5))
        UPDATE record r SET state = 'running', state_since = now(), epoch = r.epoch + 1, lease_owner = $3,
            lease_until = now() + $4
        FROM mine WHERE r.tenant_id = $1 AND r.id = mine.id
        RETURNING r.*, mine.before, mine.breaker_failures >= 5 AS probe
        """,
        tenant,
        shop,
        worker,
        lease,
        most,
        list(kinds),
    )
    return [_claim(row) for row in rows]


async def peek(tx: Tx, *, tenant: UUID, connection: UUID, kind: str, key: str) -> Claim | None:
    """A record as a claim would find it, without taking it: for looking ahead. None: nobody has heard of it."""
    row = await tx.row(
        "SELECT r.*, r.state AS before, false AS probe FROM record r WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3"
        " AND source_key = $4",
        tenant,
        connection,
        kind,
        key,
    )
    return _claim(row) if row is not None else None


def _claim(row: Row) -> Claim:
    told = row["told"]
    before = State(row["before"])
    return Claim(
        tenant=TenantId(row["tenant_id"]),
        record=RecordId(row["id"]),
        connection=ConnectionId(row["connection_id"]),
        shop=ShopId(row["shop_id"]),
        kind=row["kind"],
        source_key=row["source_key"],
        epoch=row["epoch"],
        wanted=row["wanted"],
        # A lease that ran out leaves its row running: the heir takes over from where the evidence ends.
        before=State.WAITING if before is State.RUNNING else before,
        min_version=row["min_version"],
        read_version=row["read_version"],
        first_seen_at=row["first_seen_at"],
        content_hash=row["content_hash"],
        told=orjson.loads(told) if told else None,
        mapping_version=row["mapping_version"],
        sink_key=row["sink_key"],
        sink_number=row["sink_number"],
        approved=row["approved"],
        asked=row["asked"],
        held_runs=row["held_runs"],
        attempts=row["attempts"],
        failing_since=row["failing_since"],
        reason_code=row["reason_code"],
        doubles_due_at=row["doubles_due_at"],
        low=row["low"],
        probe=row["probe"],
        replay=row["replay"],
        word=Word(row["word"]) if row["word"] else None,
        word_key=row["word_key"],
        word_number=row["word_number"],
    )


async def finish(tx: Tx, claim: Claim, end: End) -> bool:
    """Ends the run if this claim still holds the record; False means an heir has it and nothing was changed.

    A person who asked is answered by a run that ends, not by one that waits, nor by one that began before.
    """
    reason = end.reason
    mark = orjson.dumps(end.mark, option=orjson.OPT_SORT_KEYS) if end.mark is not None else None
    count = await tx.run(
        """
        UPDATE record SET
            state = $4, state_since = now(),
            reason_code = CASE WHEN $25 THEN reason_code ELSE $5 END,
            reason_sentence = CASE WHEN $25 THEN reason_sentence ELSE $6 END,
            reason_verdict = CASE WHEN $25 THEN reason_verdict ELSE $7 END,
            reason_facts = CASE WHEN $25 THEN reason_facts ELSE $8::jsonb END,
            done = $9, due_at = CASE WHEN wanted > $9 THEN now() ELSE $10::timestamptz END,
            lease_owner = NULL, lease_until = NULL, asked = asked AND ($4 = 'waiting' OR NOT $27),
            low = low AND ($4 = 'waiting' OR wanted > $9), replay = CASE WHEN $4 = 'waiting' OR NOT $33 THEN replay END,
            held_runs = CASE WHEN $4 = 'held' THEN held_runs + 1 ELSE 0 END,
            attempts = CASE WHEN NOT $11 THEN 0 WHEN $31 THEN 1 ELSE attempts + 1 END,
            failing_since = CASE WHEN NOT $11 THEN NULL WHEN $31 THEN now() ELSE coalesce(failing_since, now()) END,
            reference = coalesce($12, reference), reference_search = coalesce(lower($12), reference_search),
            external_id = coalesce($13, external_id), sink_key = coalesce($14, sink_key),
            sink_number = coalesce($15, sink_number), sink_address = coalesce($35, sink_address),
            told = coalesce($16::jsonb, told),
            mapping_version = coalesce($17, mapping_version), read_version = coalesce($18, read_version),
            read_soon = CASE WHEN $18::timestamptz IS NULL THEN read_soon ELSE $34 END,
            content_hash = coalesce($19, content_hash), buyer_key = coalesce($20, buyer_key),
            email_hash = coalesce($21, email_hash), doubles_due_at = $22,
            placed_at = coalesce($28, placed_at), amount = coalesce($29, amount), currency = coalesce($30, currency),
            parent_key = coalesce($32, parent_key), mark = coalesce($26::jsonb, mark), mark_hash = coalesce($23, mark_hash),
            mark_due_at = CASE WHEN $23::bytea IS NOT NULL AND $23 IS DISTINCT FROM marked_hash THEN $24 ELSE mark_due_at END
        WHERE tenant_id = $1 AND id = $2 AND epoch = $3
        """,
        claim.tenant,
        claim.record,
        claim.epoch,
        end.state.value,
        reason.code if reason else None,
        reason.sentence if reason else None,
        reason.verdict.value if reason else None,
        orjson.dumps(dict(reason.facts) if reason else {}).decode(),
        claim.wanted,
        end.again_at,
        end.failed,
        end.reference,
        end.external_id,
        end.sink_key,
        end.sink_number,
        orjson.dumps(end.told).decode() if end.told is not None else None,
        end.mapping_version,
        end.read_version,
        end.content_hash,
        end.buyer_key,
        end.email_hash,
        end.doubles_due_at,
        hashlib.sha256(mark).digest() if mark else None,
        end.mark_at,
        end.keep_reason,
        mark.decode() if mark else None,
        claim.asked,
        end.placed_at,
        end.amount,
        end.currency,
        end.progressed,
        end.parent_key,
        claim.replay is not None,
        end.read_soon,
        end.sink_address,
    )
    return count == 1


async def freeze(
    tx: Tx, claim: Claim, *, told: Mapping[str, Json], reference: str, external_id: str, mapping: int
) -> bool:
    """Keeps, before the first send, what the document is made of (rule 9). False when an heir has the record."""
    count = await tx.run(
        "UPDATE record SET told = $4::jsonb, reference = $5, reference_search = lower($5), external_id = $6,"
        " mapping_version = $7 WHERE tenant_id = $1 AND id = $2 AND epoch = $3",
        claim.tenant,
        claim.record,
        claim.epoch,
        orjson.dumps(told).decode(),
        reference,
        external_id,
        mapping,
    )
    return count == 1


async def extend(tx: Tx, *, tenant: UUID, claims: Sequence[Claim], lease: timedelta, most: timedelta) -> int:
    """Extends the leases of runs under way, but none past `most` since it was claimed."""
    return await tx.run(
        "WITH mine AS MATERIALIZED (SELECT r.id FROM record r JOIN unnest($2::uuid[], $3::bigint[]) AS c (id, epoch)"  # noqa: S608  literals
        " ON r.id = c.id AND r.epoch = c.epoch WHERE r.tenant_id = $1 AND r.lease_until > now() AND r.state = 'running'"
        f" AND r.state_since > now() - $5::interval {LOCKED})"
        " UPDATE record r SET lease_until = greatest(r.lease_until, now() + $4) FROM mine"
        " WHERE r.tenant_id = $1 AND r.id = mine.id",
        tenant,
        [c.record for c in claims],
        [c.epoch for c in claims],
        lease,
        most,
    )


async def give_back(tx: Tx, claims: Sequence[Claim]) -> None:
    """Returns records that nothing was sent for, so that another worker may have them at once (rule 6)."""
    for claim in sorted(claims, key=lambda c: (c.connection, c.kind, c.source_key)):
        await tx.run(
            "UPDATE record SET state = $4, lease_owner = NULL, lease_until = NULL WHERE tenant_id = $1 AND id = $2 AND epoch = $3"
            " AND NOT EXISTS (SELECT 1 FROM effect e WHERE e.tenant_id = $1 AND e.record_id = $2 AND e.state = 'sent'"
            " AND e.epoch = $3)",
            claim.tenant,
            claim.record,
            claim.epoch,
            claim.before.value,
        )
