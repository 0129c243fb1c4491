"""What is sent in the simulated shop reaches the demo ERP: one shipment there for each, whatever happens on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from app.models.database import Database
from app.steps import points
from app.sync.sending import LeaseLost
from tests.conftest import Addresses
from tests.fakes.both import ONE, TWO, Both, where_the_store_owns_fulfillments
from tests.hosts.memory.rig import MemoryUnderTest, running
from tests.models.world import TABLES
from tests.shopify.conftest import InstalledShop

HAMBURG = {"location": "Store Hamburg"}


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


# --- sent once ---------------------------------------------------------------------------------------------------------


async def test_what_is_sent_in_the_shop_is_one_shipment_in_the_erp(world: Both) -> None:
    await world.publish({**TABLES, "carriers": {"DHL-01": "DHL Express"}, "locations": {"*": "NORTH"}})
    order = await world.ordered()
    parcel = await world.fulfilled(order, tracking={"number": "T1", "company": "DHL Express", "url": "u"})
    assert await world.state(parcel) == ("settled", None)
    found = await world.books.ask("GET", f"/v1/documents/{await world.document(order)}/shipments")
    (made,) = found["shipments"]
    assert made["track"] == {"numbers": ["T1"], "carrier": "DHL-01", "urls": ["u"]}
    assert [(line["item"], line["quantity"]) for line in made["lines"]] == [
        ("SKU-0001", "2"),
        ("SKU-0002", "1"),
    ]
    assert made["warehouse"] == "NORTH"
    record = await world.record(parcel)
    assert (record["sink_key"], record["sink_number"]) == (str(made["id"]), made["number"])
    assert record["parent_key"] == order
    assert (await world.books.ask("GET", f"/v1/documents/{made['document']}"))["shipped"]
    await world.told(parcel, "parcel")
    assert len(await world.sent(order)) == 1


async def test_parcels_of_parts_and_of_places_are_a_shipment_each(world: Both) -> None:
    order = await world.ordered(ONE, {**TWO, **HAMBURG})
    await world.fulfilled(order, part=0, quantity=1, tracking={"number": "T1"})
    await world.fulfilled(order, part=1)
    await world.fulfilled(order, tracking={"number": "T3"})
    assert await world.sent(order) == [(1, ["T1"], "sent"), (1, [], "sent"), (1, ["T3"], "sent")]


async def test_a_parcel_whose_event_was_lost_is_found_by_its_order_and_so_is_its_correction(
    world: Both,
) -> None:
    order = await world.ordered()
    await world.fulfilled(order, heard=False, tracking={"number": "T1"})
    await world.told(order)
    await world.drain()
    assert await world.sent(order) == [(3, ["T1"], "sent")]
    await world.time_passes(5)
    await world.owner.execute("UPDATE record SET read_version = read_version - interval '1 minute'")
    await world.owner.execute("UPDATE record SET min_version = NULL")
    await world.act(order, "track_fulfillment", tracking={"number": "NEW"})
    await world.told(order)
    await world.drain()
    assert await world.sent(order) == [(3, ["NEW"], "sent")]


async def test_a_parcel_before_its_order_waits_and_is_due_when_that_is_linked(world: Both) -> None:
    order = await world.ordered(runs=False)
    parcel = await world.fulfilled(order)
    assert await world.state(parcel) == ("waiting", "parcel.order_first")
    await world.told(order)
    await world.drain()
    assert await world.state(parcel) == ("settled", None)
    assert len(await world.sent(order)) == 1


# --- answers that get lost -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["lost_after", "lost_before", "late"])
async def test_a_call_without_an_answer_leaves_one_shipment(world: Both, fault: str) -> None:
    """Of a part, so that a second one would find goods enough."""
    order = await world.ordered(ONE)
    await world.books.next("ship", fault)
    parcel = await world.fulfilled(order, quantity=1, tracking={"number": "T1"})
    assert (await world.state(parcel))[0] == "waiting"
    await world.later()
    assert await world.state(parcel) == ("settled", None)
    await world.nothing_is_late()
    assert await world.sent(order) == [(1, ["T1"], "sent")]


@pytest.mark.parametrize("place", ["parcel.sent", "parcel.answered", "parcel.evidence", "parcel.done"])
async def test_whoever_dies_on_the_way_leaves_one_shipment(world: Both, place: str) -> None:
    order = await world.ordered()
    died: list[str] = []

    async def dies(name: str) -> None:
        if name == place and not died:
            died.append(name)
            raise LeaseLost  # the run ends as a killed one does: nothing is written any more

    points.install(dies)
    try:
        parcel = await world.fulfilled(order)
    finally:
        points.install(None)
    assert died == [place]
    await world.later(600)
    await world.later(600)
    assert await world.state(parcel) == ("settled", None)
    assert await world.sent(order) == [(3, [], "sent")]


# --- corrected and called off --------------------------------------------------------------------------------------------


async def test_a_corrected_number_is_corrected_and_adds_nothing(world: Both) -> None:
    order = await world.ordered()
    parcel = await world.fulfilled(order, tracking={"number": "A"})
    for number in ("B", "A", "B"):
        await world.act(order, "track_fulfillment", tracking={"number": number})
        await world.told(parcel, "parcel")
        assert await world.sent(order) == [(3, [number], "sent")]
    await world.act(order, "track_fulfillment", tracking={})
    await world.told(parcel, "parcel")
    assert (await world.state(parcel), await world.sent(order)) == (("settled", None), [(3, ["B"], "sent")])


async def test_what_is_cancelled_in_the_shop_is_called_off_in_the_erp(world: Both) -> None:
    order = await world.ordered()
    parcel = await world.fulfilled(order)
    await world.act(order, "cancel_fulfillment")
    await world.told(parcel, "parcel")
    assert await world.sent(order) == [(3, [], "cancelled")]
    again = await world.fulfilled(order)
    assert (await world.state(again), len(await world.sent(order))) == (("settled", None), 2)


async def test_what_is_cancelled_while_its_call_is_unclear_leaves_nothing_standing(world: Both) -> None:
    order = await world.ordered()
    await world.books.next("ship", "lost_after")
    parcel = await world.fulfilled(order)
    await world.act(order, "cancel_fulfillment")
    await world.told(parcel, "parcel")
    assert (await world.state(parcel))[0] == "waiting"
    await world.later()
    assert await world.sent(order) == [(3, [], "cancelled")]


async def test_what_was_cancelled_before_it_was_told_is_only_recorded(world: Both) -> None:
    order = await world.ordered()
    parcel = await world.fulfilled(order, heard=False)
    await world.act(order, "cancel_fulfillment")
    await world.told(parcel, "parcel")
    assert await world.state(parcel) == ("cancelled", "parcel.cancelled")
    assert await world.sent(order) == []


async def test_what_a_person_called_off_in_the_erp_is_sent_again_only_when_asked(world: Both) -> None:
    order = await world.ordered()
    parcel = await world.fulfilled(order)
    await world.books.ask("POST", f"/v1/shipments/{(await world.record(parcel))['sink_key']}/cancel", {})
    await world.told(parcel, "parcel")
    assert await world.state(parcel) == ("held", "parcel.cancelled_in_erp")
    await world.ask(parcel)
    await world.drain()
    assert await world.sent(order) == [(3, [], "cancelled"), (3, [], "sent")]


# --- what the ERP has already --------------------------------------------------------------------------------------------


async def test_what_was_sent_in_the_erp_under_the_same_number_is_taken_for_it(world: Both) -> None:
    order = await world.ordered()
    made = await world.leaves_the_erp(order, track={"numbers": ["T1"]})
    parcel = await world.fulfilled(order, tracking={"number": "T1"})
    assert await world.state(parcel) == ("settled", None)
    assert (await world.record(parcel))["sink_key"] == made
    assert len(await world.sent(order)) == 1


async def test_what_may_be_the_same_is_held_and_taken_for_it_when_asked(world: Both) -> None:
    order = await world.ordered()
    await world.leaves_the_erp(order)
    parcel = await world.fulfilled(order, tracking={"number": "T1"})
    assert await world.state(parcel) == ("held", "parcel.possible_duplicate")
    await world.ask(parcel)
    await world.drain()
    assert await world.state(parcel) == ("settled", None)
    assert await world.sent(order) == [(3, ["T1"], "sent")]


async def test_more_than_the_erp_has_left_is_held_and_nothing_of_it_sent(world: Both) -> None:
    order = await world.ordered(ONE)
    line = {"line": "", "item": "SKU-0001", "quantity": "1"}
    document = await world.books.ask("GET", f"/v1/documents/{await world.document(order)}")
    await world.leaves_the_erp(order, lines=[{**line, "line": document["lines"][0]["key"]}])
    parcel = await world.fulfilled(order)
    assert await world.state(parcel) == ("held", "parcel.too_much")
    assert len(await world.sent(order)) == 1


async def test_a_parcel_whose_document_was_cancelled_is_held(world: Both) -> None:
    await world.set(options='{"paid_document": "sales_order"}')
    order = await world.ordered()
    await world.books.cancel(await world.document(order))
    parcel = await world.fulfilled(order)
    assert await world.state(parcel) == ("held", "parcel.no_document")
