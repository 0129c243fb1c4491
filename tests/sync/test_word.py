"""What a person said of an order, as its runs carry it out: left out, linked by hand, let go of; never a second document."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from app.domain.ids import StoreKey
from app.models import record_words
from app.models.record_words import Standing
from tests.fakes import erp
from tests.fakes.orders import line, tax
from tests.fakes.world import World
from tests.models.world import TABLES

NO_TAXES = {**TABLES, "taxes": {}}


async def standing(world: World) -> Standing:
    async with world.database.tenant(world.joined.tenant) as tx:
        found: Mapping[UUID, Standing] = await record_words.locked(
            tx, tenant=world.joined.tenant, records=[(await world.record())["id"]]
        )
    return next(iter(found.values()))


async def skipped(world: World) -> None:
    async with world.database.tenant(world.joined.tenant) as tx:
        record = (await world.record())["id"]
        await record_words.skip(tx, tenant=world.joined.tenant, records=[record])
    await world.drain()


async def adopted(world: World, number: str) -> None:
    async with world.database.tenant(world.joined.tenant) as tx:
        record = (await world.record())["id"]
        await record_words.adopt(
            tx, tenant=world.joined.tenant, record=record, key=number, number=f"SO-{number}", address=None
        )
    await world.drain()


async def unlinked(world: World) -> None:
    async with world.database.tenant(world.joined.tenant) as tx:
        await record_words.unlink(tx, tenant=world.joined.tenant, record=(await world.record())["id"])
    await world.drain()


async def changed(world: World) -> None:
    world.store.change("1001", lines=(line("MUG", "20.00", tax("4.00")),))
    await world.hear()
    await world.drain()


# --- left out ----------------------------------------------------------------------------------------------------------------


async def test_what_a_person_left_out_is_sent_by_no_event_and_by_their_retry(world: World) -> None:
    await world.publish(NO_TAXES)
    await world.placed()
    for _ in range(3):
        await world.hear()
        await world.drain()
    assert await world.state() == ("held", "mapping.tax_missing")
    await skipped(world)
    assert await world.state() == ("skipped", "record.skipped")
    await world.publish(TABLES)
    await changed(world)
    assert (await world.state(), world.erp.sent) == (("skipped", "record.skipped"), [])
    await world.ask()
    await world.drain()
    assert await world.state() == ("settled", None)
    assert (await world.record())["word"] is None


async def test_an_order_whose_request_nobody_saw_the_end_of_counts_as_sent(world: World) -> None:
    world.erp.will(erp.loses_the_answer)
    await world.placed()
    found = await standing(world)
    assert (found.sent, found.sink_key, found.busy) == (True, None, False)


# --- linked by hand ----------------------------------------------------------------------------------------------------------


async def booked(world: World) -> str:
    """A document that a person made for the order before we heard of it."""
    made = world.erp.a_person_books("#1001")
    await world.placed()
    assert await world.state() == ("held", "document.possible_duplicate")
    return made.sink_key


async def test_a_document_that_a_person_names_is_the_orders_and_nothing_is_written_to_it(
    world: World,
) -> None:
    key = await booked(world)
    await adopted(world, key)
    row = await world.record()
    assert (row["state"], row["sink_key"], row["sink_number"]) == ("settled", key, f"SO-{key}")
    assert row["told"] is not None
    for _ in range(2):
        await world.hear()
        await world.drain()
        await world.ask()
        await world.drain()
    assert (await world.state(), world.erp.sent) == (("settled", None), [])


async def test_a_change_of_an_order_that_was_linked_by_hand_waits_until_a_person_has_looked(
    world: World,
) -> None:
    await adopted(world, await booked(world))
    for _ in range(3):
        await changed(world)
        assert await world.state() == ("held", "record.adopted_changed")
    await world.ask()
    await world.drain()
    assert await world.state() == ("settled", None)
    await world.hear()
    await world.drain()
    assert (await world.state(), world.erp.sent) == (("settled", None), [])


async def test_a_cancellation_of_an_order_that_was_linked_by_hand_is_a_persons(world: World) -> None:
    await adopted(world, await booked(world))
    world.store.cancel("1001")
    await world.hear()
    await world.drain()
    assert await world.state() == ("held", "record.adopted_changed")
    await world.ask()
    await world.drain()
    assert (await world.state())[0] == "cancelled"
    assert (len(world.erp.documents), world.erp.sent) == (1, [])


# --- let go of ---------------------------------------------------------------------------------------------------------------


async def test_an_order_that_was_let_go_of_finds_its_own_document_again(world: World) -> None:
    await world.placed()
    before, sent = await world.record(), len(world.erp.sent)
    await unlinked(world)
    assert await world.state() == ("held", "record.unlinked")
    assert (await world.record())["sink_key"] is None
    await world.hear()
    await world.drain()
    assert await world.state() == ("held", "record.unlinked")
    await world.ask()
    await world.drain()
    after = await world.record()
    assert (after["state"], after["sink_key"]) == ("settled", before["sink_key"])
    assert (len(world.erp.documents), len(world.erp.sent)) == (1, sent)


async def test_an_order_that_was_let_go_of_is_left_out_however_often_it_was_looked_at_since(
    world: World,
) -> None:
    """The note on it is an event as well, that may come after the run or not."""
    await world.placed()
    await unlinked(world)
    for _ in range(3):
        world.store.touch("1001")
        await world.hear()
        await world.drain()
    assert await world.state() == ("held", "record.unlinked")
    await skipped(world)
    assert (await world.state())[0] == "skipped"


async def test_who_let_go_of_a_document_they_had_named_is_told_of_it_before_another_is_made(
    world: World,
) -> None:
    await adopted(world, await booked(world))
    await unlinked(world)
    await world.ask()
    await world.drain()
    assert await world.state() == ("held", "document.possible_duplicate")
    assert (len(world.erp.documents), world.erp.sent) == (1, [])


async def test_a_document_that_was_removed_is_made_again_only_when_asked_twice(world: World) -> None:
    await world.placed()
    await unlinked(world)
    world.erp.a_person_removes()
    await world.time_passes(120)
    await world.ask()
    await world.drain()
    assert await world.state() == ("held", "document.changed_in_erp")
    assert world.erp.documents == []
    await world.ask()
    await world.drain()
    assert (await world.state(), len(world.erp.documents)) == (("settled", None), 1)


async def test_a_document_is_given_to_one_order_alone(world: World) -> None:
    key = await booked(world)
    await adopted(world, key)
    async with world.database.tenant(world.joined.tenant) as tx:
        at = {"tenant": world.joined.tenant, "connection": world.joined.connection}
        assert await record_words.holder(tx, **at, kind="order", sink_key=key) == "#1001"
        assert await record_words.holder(tx, **at, kind="refund", sink_key=key) is None
    assert StoreKey("1001") == (await standing(world)).key
