"""Taking a connection away that was never live: it sent nothing, so nothing is forgotten that could be sent twice."""

from __future__ import annotations

from uuid import UUID

from app.models import privacy
from app.models.database import Tx


async def remove(tx: Tx, *, tenant: UUID, connection: UUID) -> bool:
    """False where it is live, or was once. Who made it and who took it away stays in the audit log."""
    held = await tx.value(
        "SELECT 1 FROM connection WHERE tenant_id = $1 AND id = $2 AND state = 'setup' AND go_live_at IS NULL FOR UPDATE",
        tenant,
        connection,
    )
    if held is None:
        return False
    await privacy.erase_connection(tx, tenant=tenant, connection=connection)
    return True
