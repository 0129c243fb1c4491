"""Shipments both ways between a simulated shop and the demo ERP: the owner rules, and nothing goes round in a circle."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from app.models.database import Database
from app.steps import points
from app.sync.sending import LeaseLost
from tests.conftest import Addresses
from tests.fakes.both import ONE, Both, where_the_store_owns_fulfillments
from tests.hosts.memory.rig import MemoryUnderTest, running
from tests.shopify.conftest import InstalledShop

EITHER = '{"fulfillments": "either"}'


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryUnderTest]:
    with running(tmp_path_factory.mktemp("erp") / "books.sqlite", items="any") as under:
        yield under


@pytest.fixture
async def world(
    shop: InstalledShop, books: MemoryUnderTest, database: Database, addresses: Addresses
) -> AsyncIterator[Both]:
    async with where_the_store_owns_fulfillments(database, addresses, shop=shop, books=books) as made:
        yield made


async def test_nothing_reaches_the_erp_while_it_owns_its_fulfillments(world: Both) -> None:
    await world.set(owners="{}")
    order = await world.ordered()
    parcel = await world.fulfilled(order)
    assert await world.state(parcel) == ("skipped", "owner.refused")
    await world.ask(parcel)
    await world.drain()
    assert (await world.state(parcel), await world.sent(order)) == (("skipped", "owner.refused"), [])


async def test_an_order_names_no_parcels_while_the_erp_owns_them(world: Both) -> None:
    await world.set(owners="{}")
    order = await world.ordered()
    await world.fulfilled(order, heard=False)
    await world.told(order)
    await world.drain()
    assert await world.owner.fetchval("SELECT count(*) FROM record WHERE kind = 'parcel'") == 0


async def test_nothing_reaches_the_shop_while_it_owns_its_fulfillments(world: Both) -> None:
    order = await world.ordered()
    shipment = await world.leaves_the_erp(order)
    assert await world.listen() == 0
    await world.told(shipment, "shipment")
    assert await world.state(shipment) == ("skipped", "owner.refused")
    assert (await world.there(order))["fulfillments"] == []


async def test_what_one_direction_made_never_comes_back_by_the_other(world: Both) -> None:
    await world.set(owners=EITHER)
    order = await world.ordered()
    shipment = await world.leaves_the_erp(order, track={"numbers": ["T1"]})
    await world.told(shipment, "shipment")
    assert await world.state(shipment) == ("settled", None)
    (made,) = (await world.there(order))["fulfillments"]
    await world.told(made["id"], "parcel")
    assert await world.state(made["id"]) == ("skipped", "parcel.from_erp")

    other = await world.ordered(ONE)
    parcel = await world.fulfilled(other, tracking={"number": "T2"})
    assert await world.state(parcel) == ("settled", None)
    back = str((await world.record(parcel))["sink_key"])
    await world.told(back, "shipment")
    assert await world.state(back) == ("skipped", "fulfillment.from_store")
    assert [len((await world.there(each))["fulfillments"]) for each in (order, other)] == [1, 1]
    assert [len(await world.sent(each)) for each in (order, other)] == [1, 1]


async def test_what_a_lost_answer_made_in_the_shop_waits_until_it_is_known_for_ours(world: Both) -> None:
    await world.set(owners=EITHER)
    order = await world.ordered()
    shipment = await world.leaves_the_erp(order)

    async def dies(name: str) -> None:
        if name == "shipment.answered":
            raise LeaseLost

    points.install(dies)
    try:
        await world.told(shipment, "shipment")
    finally:
        points.install(None)
    (made,) = (await world.there(order))["fulfillments"]
    await world.told(made["id"], "parcel")
    assert await world.state(made["id"]) == ("waiting", "parcel.shipment_first")
    for _ in range(3):
        await world.later(600)
    assert await world.state(shipment) == ("settled", None)
    assert await world.state(made["id"]) == ("skipped", "parcel.from_erp")
    assert len(await world.sent(order)) == 1


async def test_a_shipment_of_ours_whose_answer_was_lost_is_known_by_its_key(world: Both) -> None:
    await world.set(owners=EITHER)
    order = await world.ordered()
    await world.books.next("ship", "lost_after")
    await world.fulfilled(order)
    found = await world.books.ask("GET", f"/v1/documents/{await world.document(order)}/shipments")
    back = str(found["shipments"][0]["id"])
    await world.told(back, "shipment")
    assert await world.state(back) == ("skipped", "fulfillment.from_store")
    assert len((await world.there(order))["fulfillments"]) == 1


async def test_equal_goods_that_each_side_sent_of_its_own_are_no_duplicates(world: Both) -> None:
    await world.set(owners=EITHER)
    order = await world.ordered({**ONE, "quantity": 3})
    line = (await world.books.ask("GET", f"/v1/documents/{await world.document(order)}"))["lines"][0]
    one = {"line": line["key"], "item": line["item"], "quantity": "1"}
    parcel = await world.fulfilled(order, quantity=1)
    shipment = await world.leaves_the_erp(order, lines=[one])
    await world.told(shipment, "shipment")
    last = await world.fulfilled(order, quantity=1)
    states = [await world.state(key) for key in (parcel, shipment, last)]
    assert states == [("settled", None)] * 3
    assert len((await world.there(order))["fulfillments"]) == len(await world.sent(order)) == 3
