"""Our edge and a simulated Shopify across real sockets: its approval page, its signed webhooks, our note's echo."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from app.domain.ids import StoreKey
from app.ports import Mark
from app.shopify.grant import Grant
from app.shopify.hints import hints
from app.shopify.install import Installer
from app.shopify.marks import OrderMarks
from app.shopify.privacy import CUSTOMER_REDACT, Done, act
from app.shopify.webhooks import Webhooks, routes
from tests.patience import FAR
from tests.shopify.conftest import InstalledShop
from tests.shopify.fakes import CLIENT_ID, SECRET, Box, Shops, browser
from tests.shopify.test_install import Access

LINE = {"sku": "SKU-0001", "quantity": 2, "price": "10.00"}
ADDRESS = {
    "firstName": "Ada",
    "lastName": "Byron",
    "address1": "Hauptstr. 1",
    "city": "Berlin",
    "zip": "10115",
}


class Door:
    """Our webhook door on a port of its own."""

    def __init__(self) -> None:
        self.box = Box()
        webhooks = Webhooks(secrets=(SECRET.encode(),), intake=self.box, most_bytes=1_000_000)
        app = Starlette(routes=list(routes(webhooks)))
        self.server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
        )
        self.socket = socket.create_server(("127.0.0.1", 0))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    async def bodies(self, shop: str, topic: str, count: int = 1) -> list[bytes]:
        """Waits until so many events of the topic have come in."""
        async with asyncio.timeout(FAR):
            while True:
                found = [e.body for e in self.box.events if (e.shop_domain, e.topic) == (shop, topic)]
                if len(found) >= count:
                    return found
                await asyncio.sleep(0.02)


@pytest.fixture
async def door(shop: InstalledShop) -> AsyncIterator[Door]:
    made = Door()
    serving = asyncio.create_task(made.server.serve(sockets=[made.socket]))
    await shop.control.put("/control/app", json={"url": made.address})
    yield made
    await shop.control.put("/control/app", json={"url": None})
    made.server.should_exit = True
    await serving


async def place(shop: InstalledShop, **described: Any) -> str:
    (made,) = await shop.place({"lines": [LINE], **described})
    return str(made["legacy_id"])


async def test_the_approval_page_sends_the_merchant_back_and_the_shop_is_in(shop: InstalledShop) -> None:
    shops = Shops()
    grant = Grant(
        installer=Installer(endpoint=shop.endpoint, installs=shops, scopes=("read_orders",)),
        client_id=CLIENT_ID,
        secrets=(SECRET,),
        scopes=("read_orders", "write_orders"),
        app_url="https://app.example",
        template=shop.template,
    )
    merchant = browser(grant.routes())
    out = await merchant.get("/auth", params={"shop": shop.name})
    async with httpx.AsyncClient() as elsewhere:
        back = await elsewhere.get(out.headers["location"])
    home = await merchant.get(back.headers["location"])
    assert (home.status_code, home.headers["location"]) == (
        302,
        f"{shop.address}/shops/{shop.name}/admin/apps/{CLIENT_ID}",
    )
    assert shops.rows[shop.name].scopes == {"read_orders", "write_orders"}
    assert (await merchant.get(back.headers["location"])).status_code == 400


async def test_an_order_event_arrives_signed_and_says_which_order(shop: InstalledShop, door: Door) -> None:
    key = await place(
        shop,
        shipping_address=ADDRESS,
        customer={"firstName": "Ada", "lastName": "Byron", "email": "ada@example.com"},
    )
    (body,) = await door.bodies(shop.name, "orders/create")
    (hint,) = hints("orders/create", body)
    assert hint.key == key
    assert hint.version
    assert abs((datetime.now(UTC) - hint.version).total_seconds()) < 60


async def test_our_note_comes_back_as_an_echo_and_a_real_change_does_not(
    shop: InstalledShop, door: Door
) -> None:
    key = await place(shop, transactions=[{"kind": "AUTHORIZATION", "gateway": "shopify_payments"}])
    first = await said_of(shop, door)
    await OrderMarks(shop.client).write([Mark(key=StoreKey(key), number="SO1", state="open")])
    with_echo = await said_of(shop, door)
    assert len(with_echo) > len(first)
    assert len(set(with_echo)) == 1
    await shop.tell("POST", "/acts", acts=[{"order": key, "act": "capture"}])
    assert len(set(await said_of(shop, door))) == 2


async def said_of(shop: InstalledShop, door: Door) -> list[bytes | None]:
    """The fingerprints of all that was said of the shop's orders, once nothing is under way."""
    async with asyncio.timeout(FAR):
        while True:
            if not (await shop.control.get("/control/webhooks")).json()["pending"]:
                break
            await asyncio.sleep(0.02)
    told = [e for e in door.box.events if e.shop_domain == shop.name]
    return [hint.fingerprint for e in told for hint in hints(e.topic, e.body)]


async def test_an_edit_and_a_deletion_say_which_order(shop: InstalledShop, door: Door) -> None:
    key = await place(shop)
    await shop.tell("POST", "/acts", acts=[{"order": key, "act": "edit", "line": 0, "quantity": 1}])
    assert hints("orders/edited", (await door.bodies(shop.name, "orders/edited"))[0])[0].key == key
    await shop.tell("POST", "/acts", acts=[{"order": key, "act": "delete"}])
    assert hints("orders/delete", (await door.bodies(shop.name, "orders/delete"))[0])[0].gone


async def test_a_privacy_request_arrives_and_is_acted_on(shop: InstalledShop, door: Door) -> None:
    await shop.tell("POST", "/compliance", topic=CUSTOMER_REDACT, email="ada@example.com")
    (body,) = await door.bodies(shop.name, CUSTOMER_REDACT)
    shops = Shops()
    done = await act(CUSTOMER_REDACT, body, triggered_at=None, data=shops, still_installed=Access(works=True))
    assert done is Done.ERASED
    assert [person.email for person in shops.erased if not isinstance(person, str)] == ["ada@example.com"]


@pytest.mark.parametrize("family", ["events", "alternate"])
async def test_both_header_families_come_through_the_wire(
    shop: InstalledShop, door: Door, family: str
) -> None:
    await shop.control.put("/control/app", json={"header_family": family})
    try:
        for _ in range(2):
            await place(shop)
        assert len(await door.bodies(shop.name, "orders/create", 2)) == 2
    finally:
        await shop.control.put("/control/app", json={"header_family": "x"})
