"""What an organisation lets its roles do otherwise than by default: a row for each difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias
from uuid import UUID

from app.domain.access import DEFAULTS, Permission, Role, held
from app.models.database import Tx

Table: TypeAlias = Mapping[Role, frozenset[Permission]]


async def table(tx: Tx, *, tenant: UUID) -> Table:
    """What each role may, the highest first."""
    rows = await tx.rows("SELECT role, permission, granted FROM role_permission WHERE tenant_id = $1", tenant)
    return {
        role: held(role, {row["permission"]: row["granted"] for row in rows if row["role"] == role.value})
        for role in Role
    }


async def save(tx: Tx, *, tenant: UUID, role: Role, permissions: Iterable[Permission]) -> None:
    """Keeps what differs from the defaults, so that a permission that comes later begins with its own."""
    wanted = frozenset(permissions)
    differs = sorted(each.value for each in Permission if (each in wanted) != (each in DEFAULTS[role]))
    await tx.run(
        "DELETE FROM role_permission WHERE tenant_id = $1 AND role = $2 AND permission <> ALL ($3::text[])",
        tenant,
        role.value,
        differs,
    )
    await tx.run(
        "INSERT INTO role_permission (tenant_id, role, permission, granted)"
        " SELECT $1, $2, * FROM unnest($3::text[], $4::boolean[])"
        " ON CONFLICT (tenant_id, role, permission) DO UPDATE SET granted = excluded.granted",
        tenant,
        role.value,
        differs,
        [Permission(each) in wanted for each in differs],
    )
