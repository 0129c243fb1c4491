"""API tokens: the list, making one, which is shown this once, and ending one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry

from app.domain import access
from app.domain.access import Permission
from app.errors import StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, gid, uuid_of
from app.graphql.paging import PageInfo, asked, cursor, cut, moment, opened
from app.graphql.roles import ApiScope
from app.models import api_tokens
from app.models.entities import ApiToken as Row
from app.operations import tokens

_FIELDS = {"token.name": "name", "token.no_scope": "scopes", "token.beyond": "scopes", "token.days": "days"}


@strawberry.type(description="A token of an outside tool. The token itself is kept by nobody.")
class ApiToken:
    id: strawberry.ID = strawberry.field(description="The token's global id; not what opens anything.")
    name: str = strawberry.field(description="What uses it.")
    scopes: list[ApiScope] = strawberry.field(description="What it may.")
    made_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="When it ends by itself; null: never.")
    used_at: datetime | None = strawberry.field(
        description="When it was used last, to the minute; null: never."
    )
    revoked_at: datetime | None = strawberry.field(description="When somebody ended it.")

    @classmethod
    def of(cls, row: Row) -> ApiToken:
        return cls(
            id=gid(Kind.API_TOKEN, row.id),
            name=row.name,
            scopes=[ApiScope(scope.value) for scope in access.Scope if scope.value in row.scopes],
            made_at=row.made_at,
            expires_at=row.expires_at,
            used_at=row.used_at,
            revoked_at=row.revoked_at,
        )


@strawberry.type(description="A page of API tokens.")
class ApiTokenConnection:
    nodes: list[ApiToken] = strawberry.field(description="The tokens, the newest first, ended ones included.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


@strawberry.input(description="A token to be made.")
class ApiTokenInput:
    name: str = strawberry.field(description="What will use it, in up to 100 letters.")
    scopes: list[ApiScope] = strawberry.field(description="What it may: no more than whoever makes it.")
    days: int | None = strawberry.field(
        default=None, description="For how many days, up to 3650; null: until it is revoked."
    )


@strawberry.type(description="A token that was made.")
class ApiTokenCreatePayload:
    token: ApiToken | None = strawberry.field(description="The token; null when none was made.")
    secret: str | None = strawberry.field(
        description="What the tool sends after `Bearer`. It is shown this once."
    )
    user_errors: list[UserError] = strawberry.field(description="Why none was made; empty when one was.")


@strawberry.type(description="A token after a change.")
class ApiTokenPayload:
    token: ApiToken | None = strawberry.field(description="The token; null when nothing was done.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class ApiTokenQuery:
    @strawberry.field(
        description="The organisation's API tokens, the newest first.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_TOKENS)],
    )
    async def api_tokens(self, info: Info, first: int = 25, after: str | None = None) -> ApiTokenConnection:
        context, place = info.context, moment(opened(after, 2))
        async with context.core.database.tenant(context.tenant) as tx:
            rows = await api_tokens.page(tx, tenant=context.tenant, after=place, most=asked(first) + 1)
        return _page(*cut(rows, first))


@strawberry.type
class ApiTokenMutation:
    @strawberry.mutation(
        description="Makes an API token and shows it this once; only its digest is kept.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_TOKENS)],
    )
    async def api_token_create(self, info: Info, input: ApiTokenInput) -> ApiTokenCreatePayload:
        context = info.context
        try:
            made = await tokens.make(
                context.core.database,
                tenant=context.tenant,
                name=input.name,
                scopes=[access.Scope[each.name] for each in input.scopes],
                days=input.days,
                by=context.caller.actor,
                held=context.caller.permissions,
            )
        except StockbridgeError as error:
            where = ("input", *([_FIELDS[error.code]] if error.code in _FIELDS else []))
            return ApiTokenCreatePayload(token=None, secret=None, user_errors=user_errors(error, *where))
        return ApiTokenCreatePayload(token=ApiToken.of(made.token), secret=made.secret, user_errors=[])

    @strawberry.mutation(
        description="Ends an API token at once, and the streams it opened.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_TOKENS)],
    )
    async def api_token_revoke(self, info: Info, token: strawberry.ID) -> ApiTokenPayload:
        context, chosen = info.context, uuid_of(Kind.API_TOKEN, token)
        try:
            if chosen is None:
                raise tokens.unknown_token()
            row = await tokens.revoke(
                context.core.database, tenant=context.tenant, token=chosen, by=context.caller.actor
            )
        except StockbridgeError as error:
            return ApiTokenPayload(token=None, user_errors=user_errors(error, "token"))
        return ApiTokenPayload(token=ApiToken.of(row), user_errors=[])


def _page(rows: Sequence[Row], more: bool) -> ApiTokenConnection:
    last = rows[-1] if rows else None
    end = cursor(last.made_at.isoformat(), str(last.id)) if last else None
    return ApiTokenConnection(
        nodes=[ApiToken.of(row) for row in rows], page_info=PageInfo(has_next_page=more, end_cursor=end)
    )
