"""The organisation's people and what they may: giving roles, removing members, and the table of permissions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from app.crypto import Vault
from app.domain.access import EVERYBODYS, OWNERS_ALONE, Permission, Role
from app.errors import Refused
from app.models import api_tokens, members, role_permissions, shop_codes
from app.models.callers import audited
from app.models.database import Database, Tx
from app.models.members import PURPOSE, Member
from app.models.role_permissions import Table

STAFF, TOOL = "staff:", "token:"
"""How the audit log calls a person and a tool."""


async def set_role(
    database: Database, *, tenant: UUID, member: UUID, role: Role, by: str, rank: Role
) -> Member:
    """Gives a member another role; `rank` is the role of whoever asks. Raises Refused where that may not be."""
    async with database.tenant(tenant) as tx:
        found = await _within_reach(tx, tenant, member, rank)
        if not rank.reaches(role):
            raise _too_high()
        if role is not Role.OWNER:
            await _spare(tx, tenant, found)
        if role is not found.role:
            await members.set_role(tx, tenant=tenant, member=member, role=role)
            await shop_codes.void(tx, tenant=tenant, made_by=f"{STAFF}{found.staff}")
            facts = {"old": found.role.value, "new": role.value}
            await audited(tx, tenant=tenant, actor=by, action="member.role", subject=str(member), facts=facts)
        changed = await members.one(tx, tenant=tenant, member=member)
    return changed or found


async def remove(database: Database, *, tenant: UUID, member: UUID, by: str, rank: Role) -> None:
    """Forgets a member. Who comes again is met as somebody new: a viewer."""
    async with database.tenant(tenant) as tx:
        found = await _within_reach(tx, tenant, member, rank)
        await _spare(tx, tenant, found)
        await members.remove(tx, tenant=tenant, member=member)
        await shop_codes.void(tx, tenant=tenant, made_by=f"{STAFF}{found.staff}")
        facts = {"old": found.role.value}
        await audited(tx, tenant=tenant, actor=by, action="member.remove", subject=str(member), facts=facts)


async def set_permissions(
    database: Database, *, tenant: UUID, role: Role, wanted: Iterable[Permission], by: str
) -> Table:
    """Decides what a role may from now on. Raises Refused for an owner's role, which may everything for ever."""
    asked = frozenset(wanted) | EVERYBODYS
    if role is Role.OWNER:
        raise Refused("permission.owners", "An owner may do everything; that can't be changed.")
    if asked & OWNERS_ALONE:
        raise Refused("permission.owners_alone", "Only owners may change what roles may do, and join shops.")
    async with database.tenant(tenant) as tx:
        await members.lock(tx, tenant=tenant)
        before = (await role_permissions.table(tx, tenant=tenant))[role]
        await role_permissions.save(tx, tenant=tenant, role=role, permissions=asked)
        if asked != before:
            facts = {"role": role.value, "given": _named(asked - before), "taken": _named(before - asked)}
            await audited(
                tx, tenant=tenant, actor=by, action="permissions.set", subject=role.value, facts=facts
            )
        return await role_permissions.table(tx, tenant=tenant)


def name_of(vault: Vault, member: Member, *, tenant: UUID) -> str | None:
    sealed = member.sealed_name
    return vault.open(sealed, tenant=tenant, purpose=PURPOSE).decode() if sealed else None


async def actor_names(tx: Tx, vault: Vault, *, tenant: UUID, actors: Iterable[str]) -> Mapping[str, str]:
    """Names of those whom the audit log calls by their numbers, as far as they are known."""
    named = list(actors)
    staff = [actor.removeprefix(STAFF) for actor in named if actor.startswith(STAFF)]
    tokens = [found for actor in named if actor.startswith(TOOL) and (found := _uuid(actor[len(TOOL) :]))]
    names: dict[str, str] = {}
    for row in await members.by_staff(tx, tenant=tenant, staff=staff) if staff else ():
        if name := name_of(vault, row, tenant=tenant):
            names[f"{STAFF}{row.staff}"] = name
    if tokens:
        known = await api_tokens.names(tx, tenant=tenant, tokens=tokens)
        names |= {f"{TOOL}{token}": name for token, name in known.items()}
    return names


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def _within_reach(tx: Tx, tenant: UUID, member: UUID, rank: Role) -> Member:
    await members.lock(tx, tenant=tenant)
    found = await members.one(tx, tenant=tenant, member=member)
    if found is None:
        raise unknown_member()
    if not rank.reaches(found.role):
        raise _too_high()
    return found


async def _spare(tx: Tx, tenant: UUID, found: Member) -> None:
    """Nobody locks out the account's owner, nor leaves an organisation without any."""
    if found.account_owner:
        raise Refused(
            "member.account_owner", "Whoever owns the shop's account is an owner here, for as long as they own it."
        )  # fmt: skip
    if found.role is Role.OWNER and not await members.other_owners(tx, tenant=tenant, than=found.id):
        raise Refused("member.last_owner", "Somebody must be an owner. Make somebody else one first.")


def unknown_member() -> Refused:
    return Refused("member.unknown", "There is no such member.")


def _too_high() -> Refused:
    return Refused("member.too_high", "Nobody gives, changes or takes a role above their own.")


def _named(permissions: Iterable[Permission]) -> str:
    return ", ".join(sorted(each.value for each in permissions))
