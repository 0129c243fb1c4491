"""A shop with an organisation to itself and no connection, and the words with which it joins another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from app.graphql.ids import Kind, gid
from app.models import members, shops
from app.operations import joining
from app.shopify.tokens import TokenPair
from app.wiring import utc_now
from tests.graphql.conftest import Api, Tenant
from tests.graphql.furnished import Own
from tests.models.world import OWNER, Joined, join

CODE = "mutation { shopJoinCode { code expiresAt userErrors { code } } }"
JOIN = """mutation ($code: String!, $shop: ID) { shopJoin(code: $code, shop: $shop) {
    domain organisation userErrors { field code message } } }"""
WHERE = "{ shop { domain organisation { name shops { domain } } } }"
NOWHERE = UUID(int=1)


def pair(token: str = "a") -> TokenPair:
    return TokenPair(
        access_token=token,
        expires_at=utc_now() + timedelta(hours=1),
        refresh_token="r",
        refresh_expires_at=utc_now() + timedelta(days=90),
        scopes=frozenset({"read_orders"}),
    )


async def alone(api: Api) -> Tenant:
    """Installed, signed in, its account's owner known."""
    tenant = uuid4()
    domain = f"alone-{tenant.hex[:8]}.myshopify.com"
    async with api.core.database.tenant(tenant) as tx:
        shop = await shops.create(tx, tenant=tenant, domain=domain, platform="shopify", at=utc_now())
        await members.told(tx, tenant=tenant, shop=shop, staff=OWNER, account_owner=True, sealed_name=None)
    await api.core.rows.install(domain, pair(), at=utc_now())
    joined = Joined(tenant=tenant, shop=shop, connection=NOWHERE, domain=domain)
    return Tenant(joined=joined, core=api.mine.core)


async def code_of(api: Api, tenant: Tenant | None = None) -> str:
    made = (await api.ask(CODE, token=(tenant or api.mine).session))["shopJoinCode"]
    assert made["userErrors"] == []
    return str(made["code"])


async def comes(api: Api, who: Tenant, code: str, **more: Any) -> dict[str, Any]:
    return dict((await api.ask(JOIN, token=who.session, code=code, **more))["shopJoin"])


async def refused(api: Api, who: Tenant, code: str, **more: Any) -> list[str]:
    """The codes of what stands against it; that nothing was done is looked at."""
    payload = await comes(api, who, code, **more)
    assert (payload["domain"] is None) is bool(payload["userErrors"])
    return [error["code"] for error in payload["userErrors"]]


async def invited(own: Own) -> dict[str, Any]:
    """For an organisation: a second shop without connections, and the code of another that lets it in."""
    second, host = uuid4(), await join(own.api.core.database)
    await own.sql(
        "INSERT INTO shop (tenant_id, id, domain, installed_at) VALUES ($1, $2, $3, now())",
        second,
        f"second-{second.hex[:8]}.myshopify.com",
    )
    made = await joining.make(own.api.mine.core, tenant=host.tenant, by="staff:1")
    return {"code": made.code, "shop": gid(Kind.SHOP, second)}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a shop is, by the rows."""

    tenant: UUID
    shop: UUID
    state: str


async def place(api: Api, domain: str) -> Place:
    (row,) = await api.owner.fetch("SELECT tenant_id, id, state FROM shop WHERE domain = $1", domain)
    return Place(tenant=row["tenant_id"], shop=row["id"], state=row["state"])
