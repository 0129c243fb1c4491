"""The whole engine with each kind of store on real PostgreSQL: an order placed there reaches the ERP exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import httpx
import pytest

from app.errors import AccessLost
from app.models import entered_shops, shops
from app.settings import Settings
from tests.conftest import Addresses
from tests.hosts.memory.rig import MemoryUnderTest, running
from tests.patience import FAR
from tests.shopify.conftest import InstalledShop
from tests.stores.conftest import STORES
from tests.stores.event_stream.events import NUMBER, SIGNATURE, TOPIC, sign
from tests.stores.rig import (
    Entered,
    EventStreamUnderTest,
    MemoryStoreUnderTest,
    Placed,
    StoreUnderTest,
    event_stream,
    process,
)
from tests.stores.shopify_rig import ShopifyUnderTest
from tests.stores.world import Joined, joined, settings, web

NOBODY = "http://127.0.0.1:9/{shop}"


@pytest.fixture(scope="module")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryUnderTest]:
    with running(tmp_path_factory.mktemp("erp") / "erp.sqlite", items="any") as under:
        yield under


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(addresses.owner)
    yield connection
    await connection.close()


@pytest.fixture
def simulated_shop(shop: InstalledShop) -> ShopifyUnderTest:
    """Without a receiver of its own: its events go to the web process of the test."""
    return ShopifyUnderTest(shop)


@pytest.fixture(params=["simulated_shop", "memory_shop", "stream_shop"])
def under(request: pytest.FixtureRequest) -> StoreUnderTest:
    found: StoreUnderTest = request.getfixturevalue(request.param)
    return found


class Ground:
    """The servers that a test's settings lead to."""

    def __init__(self, addresses: Addresses, valkey_url: str, erp: MemoryUnderTest, owner: Any) -> None:
        self._addresses, self._valkey_url = addresses, valkey_url
        self.erp, self.owner = erp, owner

    def settings(self, *shops: StoreUnderTest) -> Settings:
        entered = {u.address.removeprefix("http://") for u in shops if isinstance(u, Entered)}
        template = next((u.shop.template for u in shops if isinstance(u, ShopifyUnderTest)), NOBODY)
        return settings(
            self._addresses,
            self._valkey_url,
            shopify_address=template,
            endpoints=frozenset({self.erp.endpoint, *entered}),
        )

    @asynccontextmanager
    async def joined(self, under: StoreUnderTest) -> AsyncIterator[Joined]:
        async with joined(under, self.erp, self.settings(under), self.owner, STORES) as world:
            yield world


@pytest.fixture
def ground(addresses: Addresses, valkey_url: str, erp: MemoryUnderTest, owner: asyncpg.Connection) -> Ground:
    return Ground(addresses, valkey_url, erp, owner)


async def booked_once(world: Joined, placed: Placed) -> dict[str, Any]:
    (document,) = await world.booked(placed)
    assert (Decimal(document["total"]), document["currency"]) == (placed.total, placed.currency)
    return document


async def test_reconciliation_alone_brings_an_order_to_the_erp_exactly_once(
    under: StoreUnderTest, ground: Ground
) -> None:
    async with ground.joined(under) as world:
        placed = await under.place(3)
        for order in placed:
            await world.work_until(order.key, "settled", reconcile=True)
        for _ in range(3):
            await asyncio.sleep(0.4)
            await world.turn(reconcile=True)
        for order in placed:
            await booked_once(world, order)
        assert await world.events() == 0


async def test_an_event_in_the_platforms_own_way_brings_it_there_without_reconciliation(
    under: StoreUnderTest, ground: Ground
) -> None:
    if not under.spec.topics:
        pytest.skip("it sends no events")
    async with ground.joined(under) as world, web(world.core) as address:
        await under.send_events_to(address)
        (placed,) = await under.place()
        await world.work_until(placed.key, "settled", reconcile=False)
        await under.touch(placed.key)
        for _ in range(10):
            await world.turn(reconcile=False)
            await asyncio.sleep(0.05)
        await booked_once(world, placed)
        assert await world.events() >= 2
        await under.send_events_to(None)


async def test_a_settled_order_is_marked_once_where_the_store_takes_marks(
    under: StoreUnderTest, ground: Ground
) -> None:
    async with ground.joined(under) as world:
        (placed,) = await under.place()
        await world.work_until(placed.key, "settled", reconcile=True)
        for _ in range(5):
            await asyncio.sleep(0.1)
            await world.turn(reconcile=True)
        document = await booked_once(world, placed)
        shown = await under.marked(placed.key)
        marks = (await world.sides()).store.marks
        assert [document["number"] in text for text in shown] == ([] if marks is None else [True])


async def test_an_order_whose_payment_details_do_not_exist_yet_waits_and_is_sent_once_they_do(
    stream_shop: EventStreamUnderTest, ground: Ground
) -> None:
    under = stream_shop
    async with ground.joined(under) as world, web(world.core) as address:
        await under.send_events_to(address)
        (placed,) = await under.place(pending=True)
        await world.work_until(placed.key, "waiting", reconcile=False)
        async with asyncio.timeout(FAR):
            while (await known(world, placed))["attempts"] < 2:
                await world.turn(reconcile=False)
                await asyncio.sleep(0.05)
        waiting = await known(world, placed)
        assert (waiting["state"], waiting["reason_code"]) == ("waiting", "order.details_pending")
        assert waiting["due_at"] is not None
        assert await world.booked(placed) == []
        await under.send_events_to(None)
        await under.pay(placed.key)
        await world.work_until(placed.key, "settled", reconcile=False)
        document = await booked_once(world, placed)
        await world.turn(reconcile=False)
        assert await under.marked(placed.key) == [document["number"]]


async def known(world: Joined, placed: Placed) -> dict[str, Any]:
    row = await world.row(placed.key)
    return dict(row) if row else {"attempts": 0}


async def test_what_happened_while_our_door_was_shut_is_found_by_reconciliation(
    stream_shop: EventStreamUnderTest, ground: Ground
) -> None:
    async with ground.joined(stream_shop) as world:
        placed = await stream_shop.place(30)
        for order in placed:
            await world.work_until(order.key, "settled", reconcile=True)
        for order in placed:
            await booked_once(world, order)


async def test_the_same_number_in_two_shops_is_two_documents(
    stream_shop: EventStreamUnderTest, ground: Ground
) -> None:
    with process("event_stream") as address:
        other = event_stream(address)
        made = ground.settings(stream_shop, other)
        for under in (stream_shop, other):
            async with joined(under, ground.erp, made, ground.owner, STORES) as world:
                (placed,) = await under.place()
                await world.work_until(placed.key, "settled", reconcile=True)
                await booked_once(world, placed)


async def test_a_key_that_is_refused_pauses_the_shop_and_a_new_one_lets_it_go_on(
    memory_shop: MemoryStoreUnderTest, ground: Ground
) -> None:
    async with ground.joined(memory_shop) as world:
        await entered_shops.add(
            world.core.database,
            world.core.vault,
            platform=memory_shop.spec.key,
            name=memory_shop.name,
            credentials={**memory_shop.credentials, "key": "wrong"},
            at=datetime.now(UTC),
        )
        (placed,) = await memory_shop.place()
        async with asyncio.timeout(FAR):
            while (await world.found()).state == "live":
                await world.turn(reconcile=True)
                await asyncio.sleep(0.05)
        assert ((await world.found()).state, (await world.found()).paused_code) == (
            "paused",
            "access.refused",
        )
        await world.work.upkeep()
        assert (await world.found()).state == "paused"
        await memory_shop.join(world.core)
        await world.work.upkeep()
        await world.work_until(placed.key, "settled", reconcile=True)
        await booked_once(world, placed)


async def test_upkeep_leaves_what_was_entered_as_it_is(
    memory_shop: MemoryStoreUnderTest, ground: Ground
) -> None:
    async with ground.joined(memory_shop) as world:
        await ground.owner.execute("UPDATE shop SET installed_at = now() - interval '1 year'")
        entered = await world.core.entered((await world.found()).domain)
        await world.work.upkeep()
        assert await world.core.entered((await world.found()).domain) == entered == memory_shop.credentials


async def test_a_shop_that_has_left_is_let_in_nowhere_until_it_is_entered_again(
    stream_shop: EventStreamUnderTest, ground: Ground
) -> None:
    async with ground.joined(stream_shop) as world:
        installed = await ground.owner.fetchval("SELECT installed_at FROM shop")
        async with world.core.database.tenant(world.tenant) as tx:
            assert await shops.uninstall(tx, tenant=world.tenant, shop=world.shop, installed_at=installed)
        assert (await world.found()).paused_code == "event_stream.uninstalled"
        with pytest.raises(AccessLost):
            await world.sides()
        await stream_shop.join(world.core)
        assert (await world.found()).state == "live"
        (placed,) = await stream_shop.place()
        await world.work_until(placed.key, "settled", reconcile=True)


# --- who may knock ---------------------------------------------------------------------------------------------------


def signed(secret: str, topic: str, number: str, body: bytes) -> dict[str, str]:
    return {TOPIC: topic, NUMBER: number, SIGNATURE: sign(secret, topic, number, body)}


async def test_only_what_the_shop_itself_signed_is_stored(
    stream_shop: EventStreamUnderTest, memory_shop: MemoryStoreUnderTest, ground: Ground
) -> None:
    secret, body = stream_shop.credentials["secret"], b'{"event": "order.paid"}'
    made = ground.settings(stream_shop, memory_shop)
    async with (
        joined(stream_shop, ground.erp, made, ground.owner, STORES) as world,
        web(world.core) as address,
        httpx.AsyncClient(base_url=address) as sender,
    ):
        await memory_shop.join(world.core)
        right = signed(secret, "order.paid", "1", body)

        async def post(path: str, headers: dict[str, str], sent: bytes = body) -> int:
            return (await sender.post(path, headers=headers, content=sent)).status_code

        own = f"/events/event_stream/{stream_shop.name}"
        assert await post(own, {}) == 401
        assert await post(own, {**right, SIGNATURE: ""}) == 401
        assert await post(own, signed("another secret", "order.paid", "1", body)) == 401
        assert await post("/events/event_stream/nobody", right) == 401
        assert await post(f"/events/nothing/{stream_shop.name}", right) == 401
        assert await post(f"/events/memory_store/{memory_shop.name}", right) == 401
        assert await post(f"/events/shopify/{stream_shop.name}", right) == 401
        assert await post(own, signed(secret, "order.paid", "1", b"x" * 20_001), b"x" * 20_001) == 413
        assert await world.events() == 0
        assert await post(own, signed(secret, "shop/redact", "1", body)) == 200
        assert await world.events() == 0
        assert [await post(own, right) for _ in range(2)] == [200, 200]
        assert await world.events() == 1


async def test_a_signed_body_that_cannot_be_read_is_taken_and_held(
    stream_shop: EventStreamUnderTest, ground: Ground
) -> None:
    body = b'{"order": 7'
    async with (
        ground.joined(stream_shop) as world,
        web(world.core) as address,
        httpx.AsyncClient(base_url=address) as sender,
    ):
        headers = signed(stream_shop.credentials["secret"], "order.paid", "5", body)
        answer = await sender.post(f"/events/event_stream/{stream_shop.name}", headers=headers, content=body)
        assert answer.status_code == 200
        await world.turn(reconcile=False)
        held = await ground.owner.fetchval(
            "SELECT held_code FROM inbox_work WHERE tenant_id = $1", world.tenant
        )
        assert held == "event.malformed"
