"""A record's timeline for people: its lines by keyset, and what was sent and answered behind those that sent something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from app.models.database import Tx


@dataclass(frozen=True, kw_only=True)
class EventRow:
    id: int
    record: UUID
    at: datetime
    kind: str
    code: str | None
    sentence: str
    facts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Sent:
    """Which request a line is about: the latest of this step that was noted before the line was."""

    record: UUID
    step: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Exchanged:
    """One try. `payload` and `evidence` are packed for the tenant (purposes `effect` and `attempt`); None once they expired."""

    at: datetime
    outcome: str
    code: str | None
    number: str | None
    took_ms: int | None
    payload: bytes | None
    evidence: bytes | None


async def page(
    tx: Tx, *, tenant: UUID, record: UUID, newest_first: bool, after: int | None, most: int
) -> list[EventRow]:
    found = await pages(
        tx, tenant=tenant, records=[record], newest_first=newest_first, after=after, most=most
    )
    return found.get(record, [])


async def pages(
    tx: Tx, *, tenant: UUID, records: Sequence[UUID], newest_first: bool, after: int | None, most: int
) -> dict[UUID, list[EventRow]]:
    """A page of each record's lines, in one statement; a record without any is left out."""
    way, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
    rows = await tx.rows(
        "SELECT o.id AS record, l.* FROM unnest($2::uuid[]) AS o (id)"  # noqa: S608 -- nothing of a caller's is in the text
        " CROSS JOIN LATERAL (SELECT id, at, kind, code, sentence, facts FROM timeline"
        f" WHERE tenant_id = $1 AND record_id = o.id AND ($3::bigint IS NULL OR id {beyond} $3)"
        f" ORDER BY id {way} LIMIT $4) AS l ORDER BY o.id, l.id {way}",
        tenant,
        list(records),
        after,
        most,
    )
    found: dict[UUID, list[EventRow]] = {}
    for row in rows:
        made = EventRow(**{**dict(row), "facts": orjson.loads(row["facts"])})
        found.setdefault(made.record, []).append(made)
    return found


async def exchanges(tx: Tx, *, tenant: UUID, sent: Sequence[Sent]) -> dict[Sent, Exchanged]:
    rows = await tx.rows(
        """
        SELECT l.place, a.*, e.payload FROM unnest($2::uuid[], $3::text[], $4::timestamptz[]) WITH ORDINALITY
            AS l (record_id, step, at, place)
        JOIN LATERAL (SELECT a.* FROM effect e JOIN attempt a ON a.tenant_id = $1 AND a.record_id = l.record_id
                AND a.effect_id = e.id
            WHERE e.tenant_id = $1 AND e.record_id = l.record_id AND right(e.key, length(l.step) + 1) = '/' || l.step
              AND a.at <= l.at ORDER BY a.id DESC LIMIT 1) AS a ON true
        JOIN effect e ON e.tenant_id = $1 AND e.id = a.effect_id
        """,
        tenant,
        [each.record for each in sent],
        [each.step for each in sent],
        [each.at for each in sent],
    )
    return {
        sent[row["place"] - 1]: Exchanged(
            at=row["at"],
            outcome=row["outcome"],
            code=row["code"],
            number=row["number"],
            took_ms=row["took_ms"],
            payload=row["payload"],
            evidence=row["evidence"],
        )
        for row in rows
    }
