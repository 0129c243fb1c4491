"""Notifications as effects: planned with the decision, `sent` committed before the first byte, ended by what came of it.

Between `sent` and its end nobody knows whether it arrived: when its time is over it is sent once more, under the same id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import orjson

from app.models.database import Database, Tx


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """One to be sent now. `payload` opens with purpose `notification`. `expired`: it has been tried for too long."""

    id: UUID
    epoch: int
    tries: int
    at: datetime
    channel: str
    recipient: UUID
    payload: bytes | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class NotificationRow:
    """One as people see it; `recipient` may be gone by now."""

    id: UUID
    at: datetime
    kind: str
    phase: str
    title: str
    channel: str
    recipient: UUID
    connection: UUID | None
    state: str
    tries: int
    sent_at: datetime | None
    ended_at: datetime | None
    code: str | None
    sentence: str | None
    evidence: Mapping[str, str]


async def plan(
    tx: Tx,
    *,
    tenant: UUID,
    id: UUID,
    kind: str,
    phase: str,
    cause: str,
    connection: UUID | None,
    recipient: UUID,
    channel: str,
    title: str,
    payload: bytes,
) -> None:
    """In the transaction that decided it. `title` holds no personal data: it is shown as it is."""
    await tx.run(
        "INSERT INTO notification (tenant_id, id, kind, phase, cause, connection_id, recipient_id, channel, title, payload)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant,
        id,
        kind,
        phase,
        cause,
        connection,
        recipient,
        channel,
        title,
        payload,
    )


async def tests(tx: Tx, *, tenant: UUID, within: timedelta) -> int:
    """How many tests were sent lately."""
    count = await tx.value(
        "SELECT count(*) FROM notification WHERE tenant_id = $1 AND at > now() - $2::interval AND phase = 'test'",
        tenant,
        within,
    )
    return cast(int, count)


async def due(database: Database, *, most: int) -> list[tuple[UUID, UUID]]:
    """What is to be sent now, or was and nobody knows how it ended; one of each organisation before the next of any."""
    async with database.across() as tx:
        rows = await tx.rows("SELECT tenant_id, notification_id FROM notifications_due($1)", most)
    return [(row["tenant_id"], row["notification_id"]) for row in rows]


async def claim(tx: Tx, *, tenant: UUID, id: UUID, lease: timedelta) -> Claimed | None:
    """Marks it sent, for the one who got it; whoever dies with it loses it when the lease has run out."""
    row = await tx.row(
        "UPDATE notification SET state = 'sent', sent_at = now(), tries = tries + 1, epoch = epoch + 1, due_at = now() + $3"
        " WHERE tenant_id = $1 AND id = $2 AND due_at < now()"
        " RETURNING id, epoch, tries, at, channel, recipient_id AS recipient, payload",
        tenant,
        id,
        lease,
    )
    return Claimed(**dict(row)) if row else None


async def end(
    tx: Tx,
    claimed: Claimed,
    *,
    tenant: UUID,
    state: str,
    again: timedelta | None = None,
    code: str | None = None,
    sentence: str | None = None,
    evidence: Mapping[str, str] | None = None,
) -> bool:
    """What came of it, if it is still ours; `again`: when it is tried next. False: somebody else has it by now."""
    count = await tx.run(
        "UPDATE notification SET state = $4, due_at = now() + $5::interval, code = $6, sentence = $7,"
        " evidence = $8::jsonb, ended_at = CASE WHEN $5::interval IS NULL THEN now() END"
        " WHERE tenant_id = $1 AND id = $2 AND epoch = $3",
        tenant,
        claimed.id,
        claimed.epoch,
        state,
        again,
        code,
        sentence,
        orjson.dumps(dict(evidence or {})).decode(),
    )
    return count == 1


async def page(
    tx: Tx,
    *,
    tenant: UUID,
    after: tuple[datetime, UUID] | None,
    most: int,
    newest_first: bool = True,
) -> list[NotificationRow]:
    """By when they were written down."""
    way, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
    rows = await tx.rows(
        f"{_SHOWN} AND ($2::timestamptz IS NULL OR (at, id) {beyond} ($2, $3::uuid))"
        f" ORDER BY at {way}, id {way} LIMIT $4",
        tenant,
        after[0] if after else None,
        after[1] if after else None,
        most,
    )
    return [NotificationRow(**{**dict(row), "evidence": orjson.loads(row["evidence"])}) for row in rows]


async def one(tx: Tx, *, tenant: UUID, id: UUID) -> NotificationRow | None:
    row = await tx.row(f"{_SHOWN} AND id = $2", tenant, id)
    return NotificationRow(**{**dict(row), "evidence": orjson.loads(row["evidence"])}) if row else None


_SHOWN = (
    "SELECT id, at, kind, phase, title, channel, recipient_id AS recipient, connection_id AS connection, state, tries,"
    " sent_at, ended_at, code, sentence, evidence FROM notification WHERE tenant_id = $1"
)


async def expire(database: Database, *, bodies: timedelta, rows: timedelta, most: int) -> int:
    """Lets go of what was said so long ago; the lists keep that it was."""
    async with database.across() as tx:
        count = await tx.value(
            "SELECT expire_notifications(now() - $1::interval, now() - $2::interval, $3)", bodies, rows, most
        )
    return cast(int, count)
