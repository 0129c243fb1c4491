"""Whether a connection's exchange rates are read from its ERP, how long each is good for, and how the last reading went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.errors import Reason
from app.models.database import Row, Tx


@dataclass(frozen=True, kw_only=True)
class RateSource:
    """`told`: how many rates the last good reading gave; `changed`: how many of them were new or another than before.

    `problem`: of the last reading, where it failed.
    """

    good_for: int
    set_by: str
    set_at: datetime
    read_at: datetime | None
    told: int | None
    changed: int | None
    failed_at: datetime | None
    problem: Reason | None


async def one(tx: Tx, *, tenant: UUID, connection: UUID) -> RateSource | None:
    """None: rates are entered by hand alone."""
    row = await tx.row(
        "SELECT * FROM rate_source WHERE tenant_id = $1 AND connection_id = $2", tenant, connection
    )
    return _source(row) if row is not None else None


async def save(tx: Tx, *, tenant: UUID, connection: UUID, good_for: int, by: str) -> None:
    await tx.run(
        "INSERT INTO rate_source (tenant_id, connection_id, good_for, set_by) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (tenant_id, connection_id) DO UPDATE SET good_for = excluded.good_for, set_by = excluded.set_by,"
        " set_at = now()",
        tenant,
        connection,
        good_for,
        by,
    )


async def remove(tx: Tx, *, tenant: UUID, connection: UUID) -> bool:
    count = await tx.run(
        "DELETE FROM rate_source WHERE tenant_id = $1 AND connection_id = $2", tenant, connection
    )
    return count == 1


async def read(tx: Tx, *, tenant: UUID, connection: UUID, told: int, changed: int) -> None:
    """A reading came to its end."""
    await tx.run(
        "UPDATE rate_source SET read_at = now(), told = $3, changed = $4, failed_at = NULL, code = NULL, sentence = NULL"
        " WHERE tenant_id = $1 AND connection_id = $2",
        tenant,
        connection,
        told,
        changed,
    )


async def failed(tx: Tx, *, tenant: UUID, connection: UUID, reason: Reason) -> None:
    await tx.run(
        "UPDATE rate_source SET failed_at = now(), code = $3, sentence = $4 WHERE tenant_id = $1 AND connection_id = $2",
        tenant,
        connection,
        reason.code,
        reason.sentence,
    )


def _source(row: Row) -> RateSource:
    problem = Reason(code=row["code"], sentence=row["sentence"] or "") if row["code"] else None
    return RateSource(
        good_for=row["good_for"],
        set_by=row["set_by"],
        set_at=row["set_at"],
        read_at=row["read_at"],
        told=row["told"],
        changed=row["changed"],
        failed_at=row["failed_at"],
        problem=problem,
    )
