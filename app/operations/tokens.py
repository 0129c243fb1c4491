"""API tokens as people make and end them: shown once, kept as a digest, and never more than their maker may."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from app.crypto import SecretHash
from app.domain.access import Permission, Scope, beyond
from app.errors import Refused
from app.models import api_tokens, shop_codes
from app.models.callers import audited
from app.models.database import Database
from app.models.entities import ApiToken
from app.operations.team import TOOL
from app.wiring import utc_now

PREFIX = "sb_"
LONGEST_NAME = 100
MOST_DAYS = 3_650
MOST = 500


@dataclass(frozen=True, kw_only=True)
class Made:
    """`secret` is the token itself: nobody can be shown it again."""

    token: ApiToken
    secret: str = field(repr=False)


def new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


async def make(
    database: Database,
    *,
    tenant: UUID,
    name: str,
    scopes: Iterable[Scope],
    days: int | None,
    by: str,
    held: frozenset[Permission],
) -> Made:
    """`held`: what its maker may. Raises Refused for a token that could do more, or has no name, scope or life."""
    wanted = sorted(set(scopes), key=list(Scope).index)
    name, ends = name.strip(), _end(days)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Refused("token.name", f"A token's name has 1 to {LONGEST_NAME} letters.")
    if not wanted:
        raise Refused("token.no_scope", "A token needs at least one scope.")
    if more := beyond(wanted, held):
        raise Refused(
            "token.beyond", f"You may not do all that “{more[0].value}” opens, so no token of yours may."
        )
    made, token = new_secret(), uuid4()
    async with database.tenant(tenant) as tx:
        if await api_tokens.valid(tx, tenant=tenant) >= MOST:
            raise Refused("token.too_many", f"An organisation has at most {MOST} tokens. Revoke some first.")
        await api_tokens.create(
            tx,
            tenant=tenant,
            token=token,
            name=name,
            digest=SecretHash.of(made).digest,
            scopes=[scope.value for scope in wanted],
            expires_at=ends,
        )
        facts = {"name": name, "scopes": ", ".join(wanted), "expires": ends.isoformat() if ends else "never"}
        await audited(tx, tenant=tenant, actor=by, action="token.create", subject=str(token), facts=facts)
        row = await api_tokens.one(tx, tenant=tenant, token=token)
    assert row is not None
    return Made(token=row, secret=made)


async def revoke(database: Database, *, tenant: UUID, token: UUID, by: str) -> ApiToken:
    """Ends a token at once. Whoever looks after tokens may end one that may more than they do: it may have leaked."""
    async with database.tenant(tenant) as tx:
        row = await api_tokens.one(tx, tenant=tenant, token=token)
        if row is None or not await api_tokens.revoke(tx, tenant=tenant, token=token):
            raise unknown_token()
        await shop_codes.void(tx, tenant=tenant, made_by=f"{TOOL}{token}")
        facts = {"name": row.name}
        await audited(tx, tenant=tenant, actor=by, action="token.revoke", subject=str(token), facts=facts)
        ended = await api_tokens.one(tx, tenant=tenant, token=token)
    return ended or row


def unknown_token() -> Refused:
    return Refused("token.unknown", "This organisation has no such token, or it has ended already.")


def _end(days: int | None) -> datetime | None:
    if days is None:
        return None
    if not 1 <= days <= MOST_DAYS:
        raise Refused("token.days", f"A token lives for 1 to {MOST_DAYS:,} days, or until it is revoked.")
    return utc_now() + timedelta(days=days)
