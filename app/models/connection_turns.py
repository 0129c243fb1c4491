"""What people hurry: the comparison of both sides' orders that the clock would begin later."""

from __future__ import annotations

from uuid import UUID

from app.models.database import Tx


async def reconcile_now(tx: Tx, *, tenant: UUID, connection: UUID) -> None:
    """The next look for due connections takes this one."""
    await tx.run(
        "UPDATE connection SET reconcile_due_at = now() WHERE tenant_id = $1 AND id = $2 AND reconcile_due_at > now()",
        tenant,
        connection,
    )
