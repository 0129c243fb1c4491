"""Who may do what: the roles of people, the permissions a role holds, and what a tool's scopes open; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """The highest first. Who is not known is a viewer."""

    OWNER = "owner"
    MANAGER = "manager"
    OPERATOR = "operator"
    VIEWER = "viewer"

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    def reaches(self, other: Role) -> bool:
        """Whether the other is no higher than this one."""
        return self.rank <= other.rank


class Permission(StrEnum):
    """What one deed of the page or the API asks for."""

    READ_STATUS = "read_status"
    READ_RECORDS = "read_records"
    WRITE_RETRY = "write_retry"
    WRITE_MAPPINGS = "write_mappings"
    MANAGE_FLOWS = "manage_flows"
    MANAGE_CONNECTIONS = "manage_connections"
    MANAGE_ALERTS = "manage_alerts"
    MANAGE_TEAM = "manage_team"
    MANAGE_TOKENS = "manage_tokens"
    READ_AUDIT = "read_audit"
    MANAGE_PERMISSIONS = "manage_permissions"
    MANAGE_SHOPS = "manage_shops"


class Scope(StrEnum):
    """What a token may do; `admin` may do everything."""

    READ_STATUS = "read_status"
    READ_RECORDS = "read_records"
    WRITE_RETRY = "write_retry"
    WRITE_MAPPINGS = "write_mappings"
    ADMIN = "admin"


EVERY = frozenset(Permission)
OWNERS_ALONE = frozenset({Permission.MANAGE_PERMISSIONS, Permission.MANAGE_SHOPS})
"""Nobody else is ever given these: whoever may change the table, or bring in another shop, may make anybody an owner."""
EVERYBODYS = frozenset({Permission.READ_STATUS})
"""Nobody is ever denied these: the page could not even say what they may not do."""
DEFAULTS: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: EVERY,
    Role.MANAGER: EVERY - OWNERS_ALONE,
    Role.OPERATOR: frozenset(
        {
            Permission.READ_STATUS,
            Permission.READ_RECORDS,
            Permission.WRITE_RETRY,
            Permission.WRITE_MAPPINGS,
        }
    ),
    Role.VIEWER: frozenset({Permission.READ_STATUS, Permission.READ_RECORDS}),
}
OPENS: Mapping[Scope, frozenset[Permission]] = {
    Scope.READ_STATUS: frozenset({Permission.READ_STATUS}),
    Scope.READ_RECORDS: frozenset({Permission.READ_RECORDS}),
    Scope.WRITE_RETRY: frozenset({Permission.WRITE_RETRY}),
    Scope.WRITE_MAPPINGS: frozenset({Permission.WRITE_MAPPINGS}),
    Scope.ADMIN: EVERY,
}
ASKED_BY: Mapping[Scope, Permission] = {
    Scope.READ_STATUS: Permission.READ_STATUS,
    Scope.READ_RECORDS: Permission.READ_RECORDS,
    Scope.WRITE_RETRY: Permission.WRITE_RETRY,
    Scope.WRITE_MAPPINGS: Permission.WRITE_MAPPINGS,
    Scope.ADMIN: Permission.MANAGE_CONNECTIONS,
}
"""What a deed that only says its scope asks of a person."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A member of the staff as known just now. `due`: their platform was not asked about them for long, or never."""

    member: UUID
    role: Role
    permissions: frozenset[Permission]
    due: bool = field(default=False, compare=False)


def held(role: Role, changes: Mapping[str, bool]) -> frozenset[Permission]:
    """What a role may: its defaults, and what the organisation decided otherwise. An owner may everything."""
    if role is Role.OWNER:
        return EVERY
    given = {each for each in Permission if changes.get(each.value, each in DEFAULTS[role])}
    return frozenset(given - OWNERS_ALONE) | EVERYBODYS


def opened(scopes: Iterable[str]) -> frozenset[Permission]:
    """What scopes open together; one that is not known opens nothing."""
    known = {scope.value: OPENS[scope] for scope in Scope}
    return frozenset().union(*(known.get(scope, frozenset()) for scope in scopes))


def beyond(scopes: Iterable[Scope], permissions: frozenset[Permission]) -> list[Scope]:
    """The scopes that open more than is held: nobody hands out what they may not do themselves."""
    return [scope for scope in scopes if not OPENS[scope] <= permissions]
