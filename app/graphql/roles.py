"""Roles, permissions and scopes as the API names them, and what the one who asks may do."""

from __future__ import annotations

from enum import Enum

import strawberry

from app.domain import access
from app.domain.access import EVERY, EVERYBODYS, OWNERS_ALONE
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.models import role_permissions


@strawberry.enum(description="What somebody is in the organisation, the highest first.")
class Role(Enum):
    OWNER = strawberry.enum_value("owner", description="May do everything, and decides what the others may.")
    MANAGER = strawberry.enum_value("manager", description="Runs it: connections, flows, team, tokens.")
    OPERATOR = strawberry.enum_value("operator", description="Does the day's work: maps and runs again.")
    VIEWER = strawberry.enum_value("viewer", description="Looks. Whoever is new begins as one.")


@strawberry.enum(description="What a deed asks of a person.")
class Permission(Enum):
    READ_STATUS = strawberry.enum_value("read_status", description="See how everything stands.")
    READ_RECORDS = strawberry.enum_value(
        "read_records", description="See orders, other records, stock and mappings."
    )
    WRITE_RETRY = strawberry.enum_value("write_retry", description="Have records and flows run again.")
    WRITE_MAPPINGS = strawberry.enum_value("write_mappings", description="Change and publish mappings.")
    MANAGE_FLOWS = strawberry.enum_value(
        "manage_flows", description="Change flows and their settings, approve plans, replay and back-fill."
    )
    MANAGE_CONNECTIONS = strawberry.enum_value(
        "manage_connections", description="Make and change connections, and go live."
    )
    MANAGE_ALERTS = strawberry.enum_value("manage_alerts", description="Say who is told of what is wrong.")
    MANAGE_TEAM = strawberry.enum_value("manage_team", description="Give roles up to one's own.")
    MANAGE_TOKENS = strawberry.enum_value("manage_tokens", description="Make and revoke API tokens.")
    READ_AUDIT = strawberry.enum_value("read_audit", description="Read the audit log.")
    MANAGE_PERMISSIONS = strawberry.enum_value(
        "manage_permissions", description="Decide what roles may do. Owners alone have it."
    )
    MANAGE_SHOPS = strawberry.enum_value(
        "manage_shops", description="Bring shops into one organisation. Owners alone have it."
    )


@strawberry.enum(description="What an API token may do.")
class ApiScope(Enum):
    READ_STATUS = strawberry.enum_value("read_status", description="How everything stands.")
    READ_RECORDS = strawberry.enum_value(
        "read_records", description="Orders, other records, stock, mappings."
    )
    WRITE_RETRY = strawberry.enum_value("write_retry", description="Having records and flows run again.")
    WRITE_MAPPINGS = strawberry.enum_value("write_mappings", description="Changing and publishing mappings.")
    ADMIN = strawberry.enum_value("admin", description="Everything.")


@strawberry.type(description="What a role may do in this organisation.")
class RolePermissions:
    role: Role = strawberry.field(description="The role.")
    permissions: list[Permission] = strawberry.field(description="What it may.")
    fixed: list[Permission] = strawberry.field(description="What nobody can give it or take from it.")


@strawberry.type(description="The one who asks.")
class Viewer:
    role: Role | None = strawberry.field(description="A person's role; null for an API token.")
    permissions: list[Permission] = strawberry.field(description="What they may do.")


@strawberry.type
class RoleQuery:
    @strawberry.field(
        description="Who asks, and what they may: what the page leaves enabled.",
        extensions=[Needs(Scope.READ_STATUS)],
    )
    async def viewer(self, info: Info) -> Viewer:
        caller = info.context.caller
        return Viewer(
            role=Role(caller.role.value) if caller.role else None, permissions=listed(caller.permissions)
        )

    @strawberry.field(
        description="What each role may do in this organisation, the highest first.",
        extensions=[Needs(Scope.READ_STATUS)],
    )
    async def permissions(self, info: Info) -> list[RolePermissions]:
        context = info.context
        async with context.core.database.tenant(context.tenant) as tx:
            table = await role_permissions.table(tx, tenant=context.tenant)
        return shown(table)


def shown(table: role_permissions.Table) -> list[RolePermissions]:
    return [
        RolePermissions(
            role=Role(role.value),
            permissions=listed(given),
            fixed=listed(EVERY if role is access.Role.OWNER else OWNERS_ALONE | EVERYBODYS),
        )
        for role, given in table.items()
    ]


def listed(given: frozenset[access.Permission]) -> list[Permission]:
    return [Permission(each.value) for each in access.Permission if each in given]
