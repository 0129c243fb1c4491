"""What stands and what was said of it: the memory between two looks, replaced as a whole in the look's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.domain.alert import Standing
from app.domain.alert_rules import AlertKind
from app.models.database import Tx

_COLUMNS = "cause, kind, connection_id, sentence, first_at, count, told_at, told_count, unsaid, over_at, recovery_owed"


async def known(tx: Tx, *, tenant: UUID) -> dict[str, Standing]:
    """Everything remembered, by its cause: as much as an organisation has connections times reason codes."""
    rows = await tx.rows(f"SELECT {_COLUMNS} FROM alert_cause WHERE tenant_id = $1", tenant)  # noqa: S608  literals
    return {
        row["cause"]: Standing(
            kind=AlertKind(row["kind"]),
            cause=row["cause"],
            sentence=row["sentence"],
            connection=row["connection_id"],
            first_at=row["first_at"],
            count=row["count"],
            told_at=row["told_at"],
            told_count=row["told_count"],
            unsaid=row["unsaid"],
            over_at=row["over_at"],
            recovery_owed=row["recovery_owed"],
        )
        for row in rows
    }


async def keep(tx: Tx, *, tenant: UUID, kept: Sequence[Standing]) -> None:
    """From now on these are known and no others."""
    ordered = sorted(kept, key=lambda each: each.cause)
    await tx.run(
        "DELETE FROM alert_cause WHERE tenant_id = $1 AND cause <> ALL ($2::text[])",
        tenant,
        [each.cause for each in ordered],
    )
    if not ordered:
        return
    await tx.run(
        f"""
        INSERT INTO alert_cause AS c (tenant_id, {_COLUMNS})
        SELECT $1, * FROM unnest($2::text[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[], $7::int[],
            $8::timestamptz[], $9::int[], $10::int[], $11::timestamptz[], $12::boolean[])
        ON CONFLICT (tenant_id, cause) DO UPDATE SET sentence = excluded.sentence, connection_id = excluded.connection_id,
            first_at = excluded.first_at, count = excluded.count, told_at = excluded.told_at,
            told_count = excluded.told_count, unsaid = excluded.unsaid, over_at = excluded.over_at,
            recovery_owed = excluded.recovery_owed
        """,  # noqa: S608  literals
        tenant,
        [each.cause for each in ordered],
        [each.kind.value for each in ordered],
        [each.connection for each in ordered],
        [each.sentence for each in ordered],
        [each.first_at for each in ordered],
        [each.count for each in ordered],
        [each.told_at for each in ordered],
        [each.told_count for each in ordered],
        [each.unsaid for each in ordered],
        [each.over_at for each in ordered],
        [each.recovery_owed for each in ordered],
    )
