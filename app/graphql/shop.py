"""The shop the page is open in, and the organisation it belongs to."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from app.errors import Refused
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, gid
from app.models.connection_lists import ShopRow


@strawberry.enum(description="Whether the app can work in a shop.")
class ShopState(Enum):
    INSTALLED = strawberry.enum_value("installed", description="The app is installed and has access.")
    UNINSTALLED = strawberry.enum_value("uninstalled", description="The app was uninstalled.")
    FROZEN = strawberry.enum_value("frozen", description="Shopify has frozen or closed the shop.")
    SIGNED_OUT = strawberry.enum_value(
        "signed_out", description="Access ended; opening the app in the admin renews it."
    )


@strawberry.type(description="One install of the app.")
class Shop:
    id: strawberry.ID = strawberry.field(description="The shop's global id.")
    name: str = strawberry.field(description="What to call it: its domain without the ending.")
    domain: str = strawberry.field(description="Its domain, as the selling platform names it.")
    platform: str = strawberry.field(description="The selling platform, such as `shopify`.")
    state: ShopState = strawberry.field(description="Whether the app can work in it.")
    state_sentence: str | None = strawberry.field(description="Why it can't, in words.")
    installed_at: datetime = strawberry.field(description="When the app was installed.")

    @strawberry.field(description="The organisation the shop belongs to.")
    async def organisation(self, info: Info) -> Organisation:
        tenant = info.context.tenant
        name = await info.context.loaders.organisation.load(tenant)
        return Organisation(id=gid(Kind.ORGANISATION, tenant), name=name or "")

    @classmethod
    def of(cls, row: ShopRow) -> Shop:
        return cls(
            id=gid(Kind.SHOP, row.id),
            name=row.domain.partition(".")[0],
            domain=row.domain,
            platform=row.platform,
            state=ShopState(row.state),
            state_sentence=row.state_sentence,
            installed_at=row.installed_at,
        )


@strawberry.type(
    description="A merchant's organisation: its shops and their connections. Nobody else sees any of it."
)
class Organisation:
    id: strawberry.ID = strawberry.field(description="The organisation's global id.")
    name: str = strawberry.field(description="What it is called.")

    @strawberry.field(description="Its shops, the first one first.")
    async def shops(self, info: Info) -> list[Shop]:
        return [Shop.of(row) for row in await _rows(info)]


@strawberry.type
class ShopQuery:
    @strawberry.field(
        description="The shop the page is open in; for an API token the organisation's first shop.",
        extensions=[Needs(Scope.READ_STATUS)],
    )
    async def shop(self, info: Info) -> Shop:
        own = info.context.caller.shop
        found = await info.context.loaders.shop.load(own) if own else next(iter(await _rows(info)), None)
        if found is None:
            raise Refused("shop.unknown", "This organisation has no shop.")
        return Shop.of(found)


async def _rows(info: Info) -> list[ShopRow]:
    return await info.context.loaders.shops.load(info.context.tenant) or []
