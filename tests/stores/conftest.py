"""The stores under the contract suite, one line each; and the platforms as the registry would name them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping

import pytest

from app import registry
from app.ports import Http, StoreSpec
from tests.shopify.conftest import InstalledShop, shop, simulated
from tests.shopify.test_journey import Door
from tests.stores.event_stream.spec import EVENT_STREAM
from tests.stores.memory_store.spec import MEMORY_STORE
from tests.stores.rig import (
    EventStreamUnderTest,
    MemoryStoreUnderTest,
    StoreUnderTest,
    event_stream,
    memory_store,
    process,
    unguarded,
)
from tests.stores.shopify_rig import ShopifyUnderTest

__all__ = ["shop", "simulated"]

STORES: Mapping[str, StoreSpec] = {
    **registry.STORES,
    MEMORY_STORE.key: MEMORY_STORE,
    EVENT_STREAM.key: EVENT_STREAM,
}

NAMES = ("shopify_store", "memory_shop", "stream_shop")


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async for each in unguarded():
        yield each


@pytest.fixture
async def shopify_store(shop: InstalledShop) -> AsyncIterator[ShopifyUnderTest]:
    door = Door()
    serving = asyncio.create_task(door.server.serve(sockets=[door.socket]))
    under = ShopifyUnderTest(shop, door)
    await under.send_events_to(door.address)
    yield under
    await under.send_events_to(None)
    await under.lag(False)
    door.server.should_exit = True
    await serving


@pytest.fixture(scope="session")
def memory_address() -> Iterator[str]:
    with process("memory_store") as address:
        yield address


@pytest.fixture(scope="session")
def stream_address() -> Iterator[str]:
    with process("event_stream") as address:
        yield address


@pytest.fixture
def memory_shop(memory_address: str) -> MemoryStoreUnderTest:
    return memory_store(memory_address)


@pytest.fixture
def stream_shop(stream_address: str) -> EventStreamUnderTest:
    return event_stream(stream_address)


@pytest.fixture(params=NAMES)
def under(request: pytest.FixtureRequest) -> StoreUnderTest:
    """Every store in turn, its server running, nothing in it."""
    found: StoreUnderTest = request.getfixturevalue(request.param)
    return found
