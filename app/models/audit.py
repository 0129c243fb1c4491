"""Who changed what, and when: written in the transaction of the change, read by keyset, never altered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from app.models.database import Row, Tx


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`actor`: staff:KEY, token:NAME or the command line. `facts` hold what was before and what is now."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    facts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Sought:
    """What is looked for; what is None is not asked. `subject`: about this thing alone."""

    subject: str | None = None
    actor: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def page(
    tx: Tx, *, tenant: UUID, sought: Sought, after: tuple[datetime, int] | None, most: int
) -> list[Entry]:
    """The newest first."""
    asked = {
        "subject = ": sought.subject,
        "actor = ": sought.actor,
        "action = ": sought.action,
        "at >= ": sought.since,
        "at < ": sought.until,
    }
    given = {what: value for what, value in asked.items() if value is not None}
    where = "".join(f" AND {what}${place}" for place, what in enumerate(given, start=2))
    last = len(given) + 2
    past = f" AND (at, id) < (${last}, ${last + 1}::bigint)" if after else ""
    rows = await tx.rows(
        f"SELECT * FROM audit_log WHERE tenant_id = $1{where}{past} ORDER BY at DESC, id DESC LIMIT {int(most)}",  # noqa: S608  literals
        tenant,
        *given.values(),
        *(after or ()),
    )
    return [_entry(row) for row in rows]


async def actions(tx: Tx, *, tenant: UUID) -> list[str]:
    """Every kind of change in the log, each found by one step through the index."""
    rows = await tx.rows(
        """
        WITH RECURSIVE found AS (
            SELECT min(action) AS action FROM audit_log WHERE tenant_id = $1
            UNION ALL
            SELECT (SELECT min(l.action) FROM audit_log l WHERE l.tenant_id = $1 AND l.action > f.action)
            FROM found f WHERE f.action IS NOT NULL)
        SELECT action FROM found WHERE action IS NOT NULL ORDER BY action
        """,
        tenant,
    )
    return [row["action"] for row in rows]


def _entry(row: Row) -> Entry:
    return Entry(
        id=row["id"],
        at=row["at"],
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        facts=orjson.loads(row["facts"]),
    )
