"""One order's runs: what is adopted, held, waited for and left alone, and when a held one is looked at again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.ids import StoreKey
from app.domain.order import MoneyState
from app.errors import Retry
from app.ports import Fence, Step
from app.sync.running import LATE
from tests.fakes import erp
from tests.fakes.orders import line, order, paid, tax
from tests.fakes.store import minutes_ago
from tests.fakes.world import TIMING, World
from tests.models.world import TABLES

SETTLE = 70.0
NO_TAXES = {**TABLES, "taxes": {}}


# --- the plain way -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fence", list(Fence))
async def test_an_order_becomes_one_document_and_is_linked(world: World, fence: Fence) -> None:
    world.erp.fence = fence
    await world.placed()
    (document,) = world.erp.documents
    row = await world.record()
    assert (row["state"], row["sink_key"], row["sink_number"]) == (
        "settled",
        document.sink_key,
        document.number,
    )
    assert row["external_id"] == document.external_id
    assert (row["reference"], row["reference_search"]) == ("#1001", "#1001")
    assert row["due_at"] is None
    assert row["wanted"] == row["done"] == 1


async def test_its_timeline_tells_what_happened_in_order(world: World) -> None:
    await world.placed()
    told = await world.told_of()
    assert told == ["read", "sending", "sent", "sending", "sent", "settled"]


async def test_once_it_was_looked_up_its_calls_go_before_those_of_others(world: World) -> None:
    await world.placed()
    looked_up, *rest = world.permits.first
    assert (looked_up, set(rest)) == (True, {False})
    assert len(rest) >= 2


async def test_what_the_call_itself_saw_is_not_looked_at_again(world: World) -> None:
    await world.placed()
    looks = world.erp.looks
    world.erp.looks_too = True
    await world.placed(order(key="1002"))
    assert world.erp.looks - looks == looks - 1
    assert (await world.state("1002"), len(world.erp.real)) == (("settled", None), 2)


async def test_a_double_that_the_call_itself_saw_is_dealt_with(world: World) -> None:
    """The heir of a run that still hangs makes a draft as well: the older one counts."""
    world.erp.fence, world.erp.looks_too = Fence.DRAFT, True

    async def an_heir_makes_it_too(step: Step) -> None:
        world.erp.inside = None
        await world.erp.do(step)

    world.erp.inside = an_heir_makes_it_too
    await world.placed()
    assert await world.state() == ("settled", None)
    assert (len(world.erp.real), len(world.erp.documents)) == (1, 1)


@pytest.mark.parametrize("slow", [False, True])
async def test_a_document_that_is_changed_back_again_and_again_is_held(world: World, slow: bool) -> None:
    """However its steps are shared out between runs: a slow ERP's are cut off after each."""
    world.erp.undoes = True
    slice_most = timedelta(milliseconds=20)

    async def as_long_as_a_run(step: Step) -> None:
        await asyncio.sleep(slice_most.total_seconds() * LATE)

    if slow:
        world.timing = replace(world.timing, slice_most=slice_most)
        world.erp.inside = as_long_as_a_run
    await world.placed()
    await _until_held(world)
    assert len(world.erp.sent) == 60
    await world.ask()
    await _until_held(world)
    assert len(world.erp.sent) == 120, "who asks gets as many again, and no more"
    world.erp.undoes = False
    await world.time_passes(3600)
    await world.ask()
    await world.drain()
    assert await world.state() == ("settled", None)


async def _until_held(world: World) -> None:
    for _ in range(400):
        await world.drain()
        if (await world.state())[0] == "held":
            break
    assert await world.state() == ("held", "document.never_done")


async def test_nothing_new_sends_nothing(world: World) -> None:
    await world.placed()
    sent = len(world.erp.sent)
    for _ in range(3):
        world.store.touch("1001")
        await world.hear()
        await world.drain()
    assert len(world.erp.sent) == sent
    assert await world.state() == ("settled", None)


async def test_an_event_during_a_run_makes_one_more_run(world: World) -> None:
    gate = world.erp.holds_one()
    world.store.place(order())
    await world.hear()
    running = asyncio.create_task(world.drain())
    await gate.reached.wait()
    await world.hear()
    await world.hear()
    gate.opens.set()
    await running
    while await world.drain():
        pass
    row = await world.record()
    assert row["wanted"] == row["done"] == 3
    assert world.store.reads == ["1001", "1001"]
    assert len(world.erp.real) == 1


# --- what is already there ---------------------------------------------------------------------------------------------------


async def test_a_document_with_our_key_is_adopted_and_only_finished(world: World) -> None:
    await world.placed()
    await world.owner.execute(
        "DELETE FROM attempt; DELETE FROM effect; DELETE FROM timeline; DELETE FROM record"
    )
    world.erp.documents[0] = type(world.erp.documents[0])(
        **{**world.erp.documents[0].__dict__, "payments": frozenset()}
    )
    sent = len(world.erp.sent)
    await world.hear()
    await world.drain()
    assert await world.state() == ("settled", None)
    assert [step.key for step in world.erp.sent[sent:]] == ["payment:t1"]
    assert len(world.erp.documents) == 1


async def test_a_document_with_our_key_and_other_contents_is_held(world: World) -> None:
    await world.placed()
    world.erp.someone_changes_a_line()
    await world.hear()
    await world.drain()
    assert await world.state() == ("held", "document.reference_taken")


async def test_two_documents_with_our_key_are_held(world: World) -> None:
    await world.placed()
    world.erp.someone_copies()
    await world.hear()
    await world.drain()
    assert await world.state() == ("held", "document.duplicate_in_erp")
    assert len(world.erp.documents) == 2


async def test_a_second_draft_of_ours_is_removed(world: World) -> None:
    world.erp.fence = Fence.DRAFT
    world.erp.will(erp.commits_late)
    await world.placed()
    await world.time_passes(SETTLE)
    gate = world.erp.holds_one(committed=True)
    running = asyncio.create_task(world.drain())
    await gate.reached.wait()
    world.erp.the_late_one_lands()
    gate.opens.set()
    await running
    assert await world.state() == ("settled", None)
    assert (len(world.erp.documents), len(world.erp.real)) == (1, 1)
    assert [step.key for step in world.erp.sent][-3:] == ["discard:D2", "confirm", "payment:t1"]


async def test_a_document_that_a_person_cancelled_is_held_and_never_replaced(world: World) -> None:
    await world.placed()
    world.erp.a_person_cancels()
    await world.hear()
    await world.drain()
    assert await world.state() == ("held", "document.cancelled_in_erp")
    await world.ask()
    await world.drain()
    assert await world.state() == ("held", "document.cancelled_in_erp")
    assert len(world.erp.documents) == 1


async def test_a_document_that_vanished_is_held_until_a_person_asks_for_another(world: World) -> None:
    await world.placed()
    world.erp.a_person_removes()
    await world.time_passes(SETTLE)
    await world.hear()
    await world.drain()
    assert await world.state() == ("held", "document.changed_in_erp")
    assert world.erp.documents == []
    await world.ask()
    await world.drain()
    assert await world.state() == ("settled", None)
    assert len(world.erp.real) == 1


async def test_a_person_who_asks_is_not_forgotten_when_the_erp_is_away_just_then(world: World) -> None:
    await world.placed()
    world.erp.a_person_removes()
    await world.time_passes(SETTLE)
    await world.hear()
    await world.drain()
    world.erp.fails_to_look(Retry("host.unreachable", "Away."))
    await world.ask()
    await world.drain()
    await world.time_passes(60)
    await world.drain()
    assert await world.state() == ("settled", None)
    assert len(world.erp.real) == 1


async def test_a_person_who_asks_during_a_run_is_heard_after_it(world: World) -> None:
    await world.placed()
    world.erp.a_person_removes()
    await world.time_passes(SETTLE)
    reading = world.store.stands_still()
    await world.hear()
    running = asyncio.create_task(world.drain())
    await reading.reached.wait()
    await world.ask()
    reading.opens.set()
    await running
    while await world.drain():
        pass
    assert await world.state() == ("settled", None)


async def test_a_document_that_looks_like_the_order_is_held_until_a_person_decides(world: World) -> None:
    world.erp.a_person_books("#1001")
    await world.placed()
    assert await world.state() == ("held", "document.possible_duplicate")
    assert world.erp.sent == []
    await world.ask()
    await world.drain()
    assert await world.state() == ("settled", None)
    assert len(world.erp.real) == 1


async def test_a_cancellation_that_finds_no_document_is_recorded_and_one_that_does_is_held(
    world: World,
) -> None:
    await world.placed()
    world.store.cancel("1001")
    await world.hear()
    await world.drain()
    assert await world.state() == ("held", "order.cancelled")
    world.store.place(order(key=StoreKey("1002"), name="#1002"))
    world.store.cancel("1002")
    await world.hear("1002")
    await world.drain()
    assert await world.state("1002") == ("cancelled", "order.cancelled_before_sent")


async def test_a_cancellation_waits_while_the_first_request_may_still_land(world: World) -> None:
    world.erp.fence = Fence.NONE
    world.erp.will(erp.commits_late)
    await world.placed()
    world.store.cancel("1001")
    await world.hear()
    await world.drain()
    assert (await world.state())[0] == "waiting"
    world.erp.the_late_one_lands()
    await world.time_passes(SETTLE)
    await world.drain()
    assert await world.state() == ("held", "order.cancelled")
    assert len(world.erp.sent) == 1


async def test_a_cancellation_whose_first_request_never_landed_is_recorded(world: World) -> None:
    world.erp.fence = Fence.NONE
    world.hurries()
    world.erp.will(erp.hangs)
    await world.placed()
    world.store.cancel("1001")
    await world.time_passes(SETTLE)
    await world.hear()
    await world.drain()
    assert await world.state() == ("cancelled", "order.cancelled_before_sent")
    assert len(world.erp.sent) == 1


async def test_an_edit_before_anything_landed_is_sent_as_the_order_is_now(world: World) -> None:
    world.erp.will(erp.refuses())
    await world.placed()
    world.store.change("1001", lines=(line("TEA", "20.00", tax("4.00")),), ship_to=None)
    await world.hear()
    await world.drain()
    assert await world.state() == ("settled", None)


async def test_an_edit_after_the_document_is_held(world: World) -> None:
    await world.placed()
    world.store.change("1001", edited=True)
    await world.hear()
    await world.drain()
    assert await world.state() == ("held", "order.edited")
    assert len(world.erp.documents) == 1


# --- reading -------------------------------------------------------------------------------------------------------------------


async def test_a_read_older_than_the_event_is_tried_again(world: World) -> None:
    await world.placed(order(money_state=MoneyState.AUTHORISED))
    paid_now = world.store.change("1001", money_state=MoneyState.PAID, payments=(paid("24.00"),))
    world.store.lags("1001", times=2)
    await world.hear(version=paid_now.updated_at)
    for _ in range(3):
        await world.drain()
        await world.time_passes(30)
    assert await world.state() == ("settled", None)
    assert [step.key for step in world.erp.sent] == ["create", "payment:t1"]
    assert (await world.record())["read_version"] >= paid_now.updated_at - timedelta(seconds=61)


async def test_the_highest_version_that_was_hinted_counts(world: World) -> None:
    first = world.store.place(order())
    later = world.store.touch("1001")
    await world.hear(version=later.updated_at)
    await world.hear(version=first.updated_at)
    assert (await world.record())["min_version"] == later.updated_at


@pytest.mark.parametrize("minutes", [0, 9])
async def test_an_order_that_is_not_there_yet_is_waited_for(world: World, minutes: int) -> None:
    await world.hear("1001")
    await world.time_passes(minutes * 60)
    await world.drain()
    assert await world.state() == ("waiting", "order.not_there_yet")
    world.store.place(order())
    await world.time_passes(30)
    await world.drain()
    assert await world.state() == ("settled", None)


async def test_an_order_that_is_still_not_there_after_ten_minutes_was_deleted(world: World) -> None:
    await world.hear("1001")
    await world.time_passes(601)
    await world.drain()
    assert await world.state() == ("cancelled", "order.deleted")


async def test_an_order_that_is_deleted_after_it_was_sent_is_held(world: World) -> None:
    await world.placed()
    world.store.delete("1001")
    await world.time_passes(601)
    await world.hear()
    await world.drain()
    assert await world.state() == ("held", "order.deleted")
    assert (await world.record())["sink_key"] == "D1"


async def test_a_payment_that_is_undecided_waits_and_then_goes_with_a_note(world: World) -> None:
    world.store.place(order(money_state=MoneyState.PENDING), at=minutes_ago(1))
    await world.hear()
    await world.drain()
    assert await world.state() == ("waiting", "payment.pending")
    assert world.erp.sent == []
    world.store.change("1001", processed_at=minutes_ago(31))
    await world.time_passes(TIMING.processor_look.total_seconds() + 1)
    await world.drain()
    assert await world.state() == ("settled", None)
    assert [step.key for step in world.erp.sent] == ["create"]
