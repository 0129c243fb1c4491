"""Shopify as a store under test: a shop of the simulation, with a receiver for the events that it sends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.domain.ids import StoreKey
from app.models import shops
from app.ports import Http, StoreAccess, StoreSpec
from app.shopify.session import SessionCheck
from app.shopify.store import SHOPIFY
from app.wiring import Core
from tests.patience import FAR
from tests.shopify.conftest import InstalledShop
from tests.shopify.fakes import CLIENT_ID, SECRET
from tests.shopify.test_journey import Door
from tests.stores.rig import Placed

_LINES = [
    {"sku": "SKU-0001", "quantity": 2, "price": "10.00"},
    {"sku": "SKU-0002", "quantity": 1, "price": "3.33"},
]


class ShopifyUnderTest:
    """Implements `StoreUnderTest`. Its versions have whole seconds."""

    spec: StoreSpec = SHOPIFY
    tick = 1.1
    page = 250
    unknown = StoreKey("1")

    def __init__(self, shop: InstalledShop, door: Door | None = None) -> None:
        self.shop, self._door = shop, door

    def access(self, http: Http) -> StoreAccess:
        return self.shop.access

    async def place(self, count: int = 1, *, days_ago: float = 0, paid: float = 1) -> Sequence[Placed]:
        arrived = [{"kind": "SALE", "gateway": "shopify_payments"}] if paid else []
        entry: dict[str, Any] = {"lines": _LINES, "transactions": arrived}
        if days_ago:
            entry |= {"created_days_ago": days_ago, "processed_days_ago": days_ago}
        return [
            Placed(
                key=StoreKey(str(order["legacy_id"])),
                name=order["name"],
                total=Decimal(order["original_total_shop"]),
                tax=Decimal(order["tax_shop"]),
                currency=order["shop_currency"],
            )
            for order in await self.shop.place(*[entry] * count)
        ]

    async def touch(self, key: StoreKey) -> None:
        await self.shop.tell("POST", "/acts", acts=[{"order": key, "act": "touch"}])

    async def lag(self, on: bool) -> None:
        answer = await self.shop.control.patch("/control/faults", json={"list_lag_seconds": 60 if on else 0})
        assert answer.status_code == 200, answer.text

    async def told(self) -> Sequence[tuple[str, bytes]]:
        assert self._door is not None
        async with asyncio.timeout(FAR):
            while True:
                if not (await self.shop.control.get("/control/webhooks")).json()["pending"]:
                    break
                await asyncio.sleep(0.02)
        return [(e.topic, e.body) for e in self._door.box.events if e.shop_domain == self.shop.name]

    async def marked(self, key: StoreKey) -> Sequence[str]:
        orders = (await self.shop.tell("GET", "/orders"))["orders"]
        return [text for o in orders if o["legacy_id"] == key for text in o["metafields"].values()]

    async def join(self, core: Core) -> tuple[UUID, UUID]:
        """The merchant opens the app."""
        token = await self.shop.id_token()
        session = SessionCheck(client_id=CLIENT_ID, secrets=(SECRET,)).verify(token)
        await core.installer.open(session, token)
        where = await shops.locate(core.database, self.shop.name)
        assert where is not None
        return where

    async def send_events_to(self, address: str | None) -> None:
        await self.shop.control.put("/control/app", json={"url": address})
