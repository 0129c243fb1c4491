"""Members: who of a shop's staff came, which role they have, and when the platform was last asked about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from app.domain.access import Role, Standing, held
from app.models.database import Row, Tx

PURPOSE = "member"
"""What a name is sealed for."""
_CHANGES = (
    "coalesce((SELECT jsonb_object_agg(p.permission, p.granted) FROM role_permission p"
    " WHERE p.tenant_id = m.tenant_id AND p.role = m.role), '{}')::text AS changes"
)


@dataclass(frozen=True, kw_only=True)
class Member:
    """`staff` is the platform's number of them. `sealed_name` opens with PURPOSE; None: nobody said."""

    id: UUID
    shop: UUID
    staff: str
    role: Role
    account_owner: bool
    sealed_name: bytes | None = field(repr=False)
    since: datetime
    seen_at: datetime


async def standing(
    tx: Tx, *, tenant: UUID, shop: UUID, staff: str, every: timedelta
) -> tuple[Standing, bool] | None:
    """What they may, and whether their last visit stands there as long ago; None for whoever never came."""
    row = await tx.row(
        f"SELECT m.id, m.role, {_CHANGES}, m.asked_at IS NULL OR m.asked_at < now() - $4::interval AS due,"  # noqa: S608  literals
        " m.seen_at < now() - interval '1 hour' AS long_ago FROM member m"
        " WHERE m.tenant_id = $1 AND m.shop_id = $2 AND m.staff_key = $3",
        tenant,
        shop,
        staff,
        every,
    )
    return None if row is None else (_standing(row, due=row["due"]), row["long_ago"])


async def seen(tx: Tx, *, tenant: UUID, member: UUID) -> None:
    await tx.run("UPDATE member SET seen_at = now() WHERE tenant_id = $1 AND id = $2", tenant, member)


async def unknown(tx: Tx, *, tenant: UUID, shop: UUID, staff: str) -> None:
    """Somebody whom nobody could be asked about: a viewer, unless they are known meanwhile."""
    await tx.run(
        "INSERT INTO member (tenant_id, shop_id, staff_key, role) VALUES ($1, $2, $3, 'viewer')"
        " ON CONFLICT DO NOTHING",
        tenant,
        shop,
        staff,
    )


@dataclass(frozen=True, kw_only=True)
class Told:
    """`was` is the role before; None for whoever is new."""

    member: UUID
    role: Role
    was: Role | None


async def told(
    tx: Tx, *, tenant: UUID, shop: UUID, staff: str, account_owner: bool, sealed_name: bytes | None
) -> Told:
    """What the platform said of them. The account's owner is an owner here; anybody else keeps what they have."""
    row = await tx.row(
        """
        WITH before AS (SELECT role FROM member WHERE tenant_id = $1 AND shop_id = $2 AND staff_key = $3)
        INSERT INTO member AS m (tenant_id, shop_id, staff_key, role, account_owner, sealed_name, asked_at)
        VALUES ($1, $2, $3, CASE WHEN $4 THEN 'owner' ELSE 'viewer' END, $4, $5, now())
        ON CONFLICT (tenant_id, shop_id, staff_key) DO UPDATE SET account_owner = $4, sealed_name = $5,
            role = CASE WHEN $4 THEN 'owner' ELSE m.role END, seen_at = now(), asked_at = now()
        RETURNING m.id, m.role, (SELECT role FROM before) AS was
        """,
        tenant,
        shop,
        staff,
        account_owner,
        sealed_name,
    )
    assert row is not None
    return Told(member=row["id"], role=Role(row["role"]), was=Role(row["was"]) if row["was"] else None)


async def page(tx: Tx, *, tenant: UUID, after: tuple[datetime, UUID] | None, most: int) -> list[Member]:
    """Whoever came first, first."""
    rows = await tx.rows(
        "SELECT * FROM member WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (since, id) > ($2, $3))"
        " ORDER BY since, id LIMIT $4",
        tenant,
        *(after or (None, None)),
        most,
    )
    return [_member(row) for row in rows]


async def lock(tx: Tx, *, tenant: UUID) -> None:
    """Keeps every other change of roles in the organisation out until the transaction ends."""
    await tx.value("SELECT 1 FROM tenant WHERE id = $1 FOR NO KEY UPDATE", tenant)


async def one(tx: Tx, *, tenant: UUID, member: UUID) -> Member | None:
    row = await tx.row("SELECT * FROM member WHERE tenant_id = $1 AND id = $2", tenant, member)
    return _member(row) if row is not None else None


async def by_staff(tx: Tx, *, tenant: UUID, staff: Sequence[str]) -> list[Member]:
    """Members by the platform's numbers of them."""
    sql = "SELECT * FROM member WHERE tenant_id = $1 AND staff_key = ANY ($2::text[]) ORDER BY since, id"
    return [_member(row) for row in await tx.rows(sql, tenant, staff)]


async def other_owners(tx: Tx, *, tenant: UUID, than: UUID) -> bool:
    sql = "SELECT EXISTS (SELECT 1 FROM member WHERE tenant_id = $1 AND role = 'owner' AND id <> $2)"
    return bool(await tx.value(sql, tenant, than))


async def set_role(tx: Tx, *, tenant: UUID, member: UUID, role: Role) -> None:
    await tx.run("UPDATE member SET role = $3 WHERE tenant_id = $1 AND id = $2", tenant, member, role.value)


async def remove(tx: Tx, *, tenant: UUID, member: UUID) -> None:
    await tx.run("DELETE FROM member WHERE tenant_id = $1 AND id = $2", tenant, member)


async def still(tx: Tx, *, tenant: UUID, member: UUID) -> Standing | None:
    """What a member may by now; None when they were removed."""
    row = await tx.row(
        f"SELECT m.id, m.role, {_CHANGES} FROM member m WHERE m.tenant_id = $1 AND m.id = $2",  # noqa: S608  literals
        tenant,
        member,
    )
    return None if row is None else _standing(row, due=False)


def _standing(row: Row, *, due: bool) -> Standing:
    role = Role(row["role"])
    return Standing(
        member=row["id"], role=role, permissions=held(role, orjson.loads(row["changes"])), due=due
    )


def _member(row: Row) -> Member:
    return Member(
        id=row["id"],
        shop=row["shop_id"],
        staff=row["staff_key"],
        role=Role(row["role"]),
        account_owner=row["account_owner"],
        sealed_name=row["sealed_name"],
        since=row["since"],
        seen_at=row["seen_at"],
    )
