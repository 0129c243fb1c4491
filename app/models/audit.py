"""Who changed what, and when: written in the transaction of the change, read by keyset, never altered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from app.models.database import Tx


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`actor`: staff:KEY, token:NAME or the command line. `facts` hold what was before and what is now."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    facts: Mapping[str, str]


async def page(
    tx: Tx, *, tenant: UUID, subject: str | None, after: tuple[datetime, int] | None, most: int
) -> list[Entry]:
    """The newest first. `subject`: about this thing alone."""
    rows = await tx.rows(
        "SELECT * FROM audit_log WHERE tenant_id = $1 AND ($2::text IS NULL OR subject = $2)"
        " AND ($3::timestamptz IS NULL OR (at, id) < ($3, $4::bigint)) ORDER BY at DESC, id DESC LIMIT $5",
        tenant,
        subject,
        after[0] if after else None,
        after[1] if after else None,
        most,
    )
    return [
        Entry(
            id=row["id"],
            at=row["at"],
            actor=row["actor"],
            action=row["action"],
            subject=row["subject"],
            facts=orjson.loads(row["facts"]),
        )
        for row in rows
    ]
