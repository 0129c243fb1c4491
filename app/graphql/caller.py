"""Who is asking: a member of the shop's staff with a session token, or a tool with an API token and its scopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.crypto import SecretHash
from app.errors import Refused
from app.limits import Left, Requests
from app.models import shops
from app.models.callers import token_holder
from app.models.database import Database
from app.shopify.session import SessionCheck

TOKEN_PREFIX = "sb_"  # noqa: S105 -- how every token of ours begins
_TOOL = "token:"


class Scope(StrEnum):
    """What a token may do; `admin` may do everything."""

    READ_STATUS = "read_status"
    READ_RECORDS = "read_records"
    WRITE_RETRY = "write_retry"
    WRITE_MAPPINGS = "write_mappings"
    ADMIN = "admin"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Verified. `shop` is the session's; a tool has none of its own. `actor` stands in the audit log."""

    tenant: UUID
    actor: str
    scopes: frozenset[str]
    shop: UUID | None = None

    @property
    def tool(self) -> bool:
        return self.actor.startswith(_TOOL)

    def need(self, scope: Scope) -> None:
        if scope not in self.scopes and Scope.ADMIN not in self.scopes:
            raise Refused("api.scope_missing", f"This token lacks the scope “{scope.value}”.")


@dataclass(frozen=True, kw_only=True)
class Doorkeeper:
    """Tells who an `Authorization` header speaks for; a tenant is never taken from anything else."""

    database: Database
    sessions: SessionCheck
    requests: Requests

    async def caller(self, authorization: str | None) -> Caller:
        """Raises Refused, with a code of `session.` when a fresh session token may help."""
        _, _, token = (authorization or "").partition(" ")
        if token.strip().startswith(TOKEN_PREFIX):
            return await self._tool(token.strip())
        session = self.sessions.bearer(authorization)
        where = await shops.locate(self.database, session.shop)
        if where is None:
            raise Refused("shop.unknown", f"{session.shop} has not installed the app.")
        tenant, shop = where
        return Caller(
            tenant=tenant, shop=shop, actor=f"staff:{session.user}", scopes=frozenset({Scope.ADMIN})
        )

    async def counted(self, caller: Caller) -> Left | None:
        """Counts a tool's request: raises Throttled when it made too many. A person's page is not counted."""
        return await self.requests.take(caller.actor) if caller.tool else None

    async def _tool(self, token: str) -> Caller:
        holder = await token_holder(self.database, SecretHash.of(token).digest)
        if holder is None:
            raise Refused("api.token_invalid", "This API token is not known, has ended or was revoked.")
        return Caller(tenant=holder.tenant, actor=f"{_TOOL}{holder.token}", scopes=holder.scopes)


def connection_init(payload: Mapping[str, object] | None) -> str | None:
    """The `Authorization` that a websocket sends with its first message: browsers can't give it a header."""
    found = (payload or {}).get("Authorization") or (payload or {}).get("authorization")
    return found if isinstance(found, str) else None
