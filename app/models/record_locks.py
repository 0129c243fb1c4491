"""The one order in which every transaction locks records: by their unique key, so that no two wait for each other.

An insert that meets what is there can lock in this order alone, as it knows no ids; so does everything else then.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from app.models.database import Tx

LOCKED = "ORDER BY r.connection_id, r.kind, r.source_key FOR NO KEY UPDATE OF r"
"""How a query of records, called `r`, ends that locks them. What refers to one, as its effects do, is not kept waiting."""


async def lock(tx: Tx, *, tenant: UUID, records: Iterable[UUID]) -> None:
    """Whoever has one of them locked is waited for; from then on they are this transaction's until it ends."""
    await tx.rows(
        f"SELECT FROM record r WHERE r.tenant_id = $1 AND r.id = ANY ($2::uuid[]) {LOCKED}",
        tenant,
        sorted(records),
    )
