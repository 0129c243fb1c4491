"""A tenant with a shop and a live connection, made through the same functions the product uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from app.crypto import Vault
from app.models import connections, members, shops
from app.models.database import Database

VAULT = Vault({"t1": b"k" * 32})
OWNER = "7"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
TABLES = {
    "payments": {"*": "BANK"},
    "taxes": {"*": "VAT"},
    "special": {
        "gift_card": "GIFT",
        "tip": "TIP",
        "duty": "DUTY",
        "fee": "FEE",
        "shipping": "SHIP",
        "custom": "FALLBACK",
        "rounding": "ROUND",
        "adjustment": "ADJUST",
    },
}


@dataclass(frozen=True, kw_only=True)
class Joined:
    """Ids of one tenant's world."""

    tenant: UUID
    shop: UUID
    connection: UUID
    domain: str


async def join(
    database: Database, *, domain: str | None = None, live: bool = True, host: str = "memory"
) -> Joined:
    """A new organisation: shop installed, connection made and, unless told otherwise, live since long ago.

    The person of the tests' sessions owns its account.
    """
    tenant, connection = uuid4(), uuid4()
    domain = domain or f"shop-{tenant.hex[:8]}.myshopify.com"
    async with database.tenant(tenant) as tx:
        shop = await shops.create(tx, tenant=tenant, domain=domain, platform="shopify", at=LONG_AGO)
        await members.told(tx, tenant=tenant, shop=shop, staff=OWNER, account_owner=True, sealed_name=None)
        await connections.create(
            tx,
            tenant=tenant,
            id=connection,
            shop=shop,
            host=host,
            name="Demo",
            sealed_credentials=VAULT.seal(b"{}", tenant=tenant, purpose="credentials"),
            flows={"orders": True},
            options={},
        )
        await connections.publish(tx, tenant=tenant, connection=connection, tables=TABLES, by="test")
        if live:
            await connections.go_live(
                tx, tenant=tenant, connection=connection, at=LONG_AGO + timedelta(days=1)
            )
    return Joined(tenant=tenant, shop=shop, connection=connection, domain=domain)
