"""How far the ERP has come with a record's document: kept beside the record, noted on its timeline when it moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.models.database import Tx
from app.models.record_locks import LOCKED


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A record whose document moved: what was known of it, and what is known now."""

    record: UUID
    kind: str
    before: tuple[str, ...]
    after: tuple[str, ...]


async def keep(tx: Tx, *, tenant: UUID, connection: UUID, stages: Mapping[str, Sequence[str]]) -> list[Moved]:
    """`stages` by external id. Only what differs is written; answers with that. Strangers' documents are left out."""
    rows = await tx.rows(
        f"""
        WITH told AS (SELECT * FROM unnest($3::text[], $4::text[]) AS t (external_id, stages)),
        mine AS MATERIALIZED (
            SELECT r.id, r.kind, r.host_stages, t.stages FROM told t
            JOIN record r ON r.tenant_id = $1 AND r.connection_id = $2 AND r.external_id = t.external_id
            WHERE coalesce(r.host_stages, '') <> t.stages
            {LOCKED})
        UPDATE record r SET host_stages = mine.stages FROM mine WHERE r.tenant_id = $1 AND r.id = mine.id
        RETURNING r.id, mine.kind, mine.host_stages AS before, mine.stages AS after
        """,  # noqa: S608  literals
        tenant,
        connection,
        list(stages),
        [",".join(each) for each in stages.values()],
    )
    return [
        Moved(record=row["id"], kind=row["kind"], before=_split(row["before"]), after=_split(row["after"]))
        for row in sorted(rows, key=lambda row: str(row["id"]))
    ]


def _split(stored: str | None) -> tuple[str, ...]:
    return tuple(filter(None, (stored or "").split(",")))
