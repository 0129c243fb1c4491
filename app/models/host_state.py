"""A connection's small sealed store: session cookies, rotated keys, measured offsets."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.crypto import Vault
from app.models.database import Database

PURPOSE = "host_state"


@dataclass(frozen=True, kw_only=True)
class StateRows:
    """Implements `ports.HostState` for one connection; each call is one short transaction."""

    database: Database
    vault: Vault
    tenant: UUID
    connection: UUID

    async def read(self, name: str) -> tuple[str, int] | None:
        async with self.database.tenant(self.tenant) as tx:
            row = await tx.row(
                "SELECT sealed, version FROM host_state WHERE tenant_id = $1 AND connection_id = $2 AND name = $3",
                self.tenant,
                self.connection,
                name,
            )
        if row is None:
            return None
        return self.vault.open(row["sealed"], tenant=self.tenant, purpose=PURPOSE).decode(), row["version"]

    async def write(self, name: str, value: str, *, version: int) -> bool:
        sealed = self.vault.seal(value.encode(), tenant=self.tenant, purpose=PURPOSE)
        async with self.database.tenant(self.tenant) as tx:
            count = await tx.run(
                "INSERT INTO host_state AS h (tenant_id, connection_id, name, sealed, version)"
                " SELECT $1, $2, $3, $4, 1 WHERE $5 = 0 OR EXISTS (SELECT 1 FROM host_state WHERE tenant_id = $1"
                " AND connection_id = $2 AND name = $3)"
                " ON CONFLICT (tenant_id, connection_id, name) DO UPDATE SET sealed = $4, version = h.version + 1"
                " WHERE h.version = $5",
                self.tenant,
                self.connection,
                name,
                sealed,
                version,
            )
        return count == 1
