"""Several shops in one organisation: a code that lets one more in, and the shop that comes in with it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from app.domain.access import Permission
from app.errors import Refused, StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, uuid_of
from app.operations import joining

_OF_SHOP = frozenset({"shop.unknown", "shop_join.connected", "shop_join.uninstalled"})


@strawberry.type(description="A code that lets one shop join the organisation.")
class ShopJoinCodePayload:
    code: str | None = strawberry.field(
        description="The code, shown this once; null when none was made. It ends the one before."
    )
    expires_at: datetime | None = strawberry.field(
        description="Until when it counts: for a quarter of an hour, and for one shop."
    )
    user_errors: list[UserError] = strawberry.field(description="Why none was made; empty when one was.")


@strawberry.type(description="A shop that joined.")
class ShopJoinPayload:
    domain: str | None = strawberry.field(description="The shop's domain; null when nothing was done.")
    organisation: str | None = strawberry.field(
        description="What the organisation is called that it belongs to from now on; null when nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class ShopJoiningMutation:
    @strawberry.mutation(
        description="Makes a code with which the owner of another shop brings that into this organisation. Only a digest of it"
        " is kept. Whoever owns the Shopify account of the shop that comes is an owner here as well.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_SHOPS)],
    )
    async def shop_join_code(self, info: Info) -> ShopJoinCodePayload:
        context = info.context
        made = await joining.make(context.core, tenant=context.tenant, by=context.caller.actor)
        return ShopJoinCodePayload(code=made.code, expires_at=made.ends, user_errors=[])

    @strawberry.mutation(
        description="Moves a shop without connections into the organisation that made the code; `shop`: which one, by default"
        " the one the page is open in. What its own organisation had, its roles, tokens, alerts and audit log, ends with it"
        " when this was its last shop; a practice connection ends too.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_SHOPS)],
    )
    async def shop_join(self, info: Info, code: str, shop: strawberry.ID | None = None) -> ShopJoinPayload:
        context = info.context
        chosen = uuid_of(Kind.SHOP, shop) if shop is not None else context.caller.shop
        try:
            if chosen is None:
                raise Refused("shop.unknown", "There is no such shop. Say which one is to join.")
            joined = await joining.join(
                context.core,
                tenant=context.tenant,
                shop=chosen,
                code=code,
                by=context.caller.actor,
            )
        except StockbridgeError as error:
            field = "shop" if error.code in _OF_SHOP else "code"
            return ShopJoinPayload(domain=None, organisation=None, user_errors=user_errors(error, field))
        return ShopJoinPayload(domain=joined.domain, organisation=joined.organisation, user_errors=[])
