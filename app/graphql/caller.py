"""Who is asking: a member of the shop's staff with a session token, or a tool with an API token and its scopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from app.crypto import SecretHash
from app.domain.access import ASKED_BY, Permission, Role, Scope, opened
from app.errors import Refused
from app.limits import Left, Requests
from app.models import api_tokens, members, shops
from app.models.callers import token_holder
from app.models.database import GONE, Database
from app.operations.team import STAFF, TOOL
from app.operations.tokens import PREFIX
from app.shopify.roster import Roster
from app.shopify.session import Session, SessionCheck

__all__ = ["Caller", "Doorkeeper", "Scope", "connection_init"]


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Verified. `shop` and `role` are a person's; a tool has neither. `actor` stands in the audit log.

    `by` is the member's or the token's id: what they may is asked for again by it.
    """

    tenant: UUID
    actor: str
    permissions: frozenset[Permission]
    by: UUID
    scopes: frozenset[str] = field(default_factory=frozenset)
    shop: UUID | None = None
    role: Role | None = None

    @property
    def tool(self) -> bool:
        return self.role is None

    @property
    def rank(self) -> Role:
        """Whose roles they may decide about: a tool that may do that at all may do everything."""
        return self.role or Role.OWNER

    def need(self, scope: Scope, permission: Permission | None = None) -> None:
        """A tool is asked for the scope, a person for the permission: the scope's own where none is named."""
        if self.role is None:
            if not {scope, Scope.ADMIN} & self.scopes:
                raise Refused("api.scope_missing", f"This token lacks the scope “{scope.value}”.")
        elif (permission or ASKED_BY[scope]) not in self.permissions:
            raise Refused(
                "api.role_missing",
                f"Your role, {self.role.value}, may not do that. An owner of the organisation can change it.",
            )


@dataclass(frozen=True, kw_only=True)
class Doorkeeper:
    """Tells who an `Authorization` header speaks for; a tenant is never taken from anything else."""

    database: Database
    sessions: SessionCheck
    roster: Roster
    requests: Requests

    async def caller(self, authorization: str | None) -> Caller:
        """Raises Refused, with a code of `session.` when a fresh session token may help."""
        _, _, token = (authorization or "").partition(" ")
        if token.strip().startswith(PREFIX):
            return await self._tool(token.strip())
        session = self.sessions.bearer(authorization)
        try:
            return await self._person(session, token.strip())
        except GONE:
            # The shop moved to another organisation, or was erased, while its person was written down.
            return await self._person(session, token.strip())

    async def _person(self, session: Session, id_token: str) -> Caller:
        where = await shops.locate(self.database, session.shop)
        if where is None:
            raise Refused("shop.unknown", f"{session.shop} has not installed the app.")
        tenant, shop = where
        found = await self.roster.standing(tenant=tenant, shop=shop, session=session, id_token=id_token)
        return Caller(
            tenant=tenant,
            shop=shop,
            actor=f"{STAFF}{session.user}",
            by=found.member,
            role=found.role,
            permissions=found.permissions,
        )

    async def still(self, caller: Caller) -> bool:
        """Whether they may by now exactly what they might when they came in."""
        async with self.database.tenant(caller.tenant) as tx:
            if caller.tool:
                return await api_tokens.still(tx, tenant=caller.tenant, token=caller.by) == caller.scopes
            found = await members.still(tx, tenant=caller.tenant, member=caller.by)
        return found is not None and (found.role, found.permissions) == (caller.role, caller.permissions)

    async def counted(self, caller: Caller) -> Left | None:
        """Counts a tool's request: raises Throttled when it made too many. A person's page is not counted."""
        return await self.requests.take(caller.actor) if caller.tool else None

    async def _tool(self, token: str) -> Caller:
        holder = await token_holder(self.database, SecretHash.of(token).digest)
        if holder is None:
            raise Refused("api.token_invalid", "This API token is not known, has ended or was revoked.")
        return Caller(
            tenant=holder.tenant,
            actor=f"{TOOL}{holder.token}",
            by=holder.token,
            scopes=holder.scopes,
            permissions=opened(holder.scopes),
        )


def connection_init(payload: Mapping[str, object] | None) -> str | None:
    """The `Authorization` that a websocket sends with its first message: browsers can't give it a header."""
    found = (payload or {}).get("Authorization") or (payload or {}).get("authorization")
    return found if isinstance(found, str) else None
