"""When a held order is looked at again, what pauses a connection, and that one fault stays with its record."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.domain.ids import StoreKey
from app.domain.order import MoneyState
from app.errors import AccessLost, Misconfigured, Rejected
from tests.fakes import erp
from tests.fakes.orders import line, order, paid, tax
from tests.fakes.world import World
from tests.models.world import TABLES

NO_TAXES = {**TABLES, "taxes": {}}


# --- held --------------------------------------------------------------------------------------------------------------------


async def test_a_held_order_runs_once_more_at_an_event_and_again_only_when_it_changed(world: World) -> None:
    await world.publish(NO_TAXES)
    await world.placed()
    assert await world.state() == ("held", "mapping.tax_missing")
    await world.publish(TABLES)
    world.erp.will(*[erp.refuses("item.unknown")] * 5)
    await world.hear()
    await world.drain()
    assert await world.state() == ("held", "item.unknown")
    for _ in range(3):
        await world.hear()
        await world.drain()
    assert len(world.erp.sent) == 1
    assert await world.state() == ("held", "item.unknown")
    row = await world.record()
    assert row["wanted"] == row["done"]
    world.store.change("1001", lines=(line("MUG", "20.00", tax("4.00")),))
    await world.hear()
    await world.drain()
    assert len(world.erp.sent) == 2


CHANGES = {
    "cancelled": ({"cancelled_at": datetime(2026, 11, 20, tzinfo=UTC)}, "cancelled"),
    "voided": ({"money_state": MoneyState.VOIDED}, "held"),
    "paid by another instrument": ({"payments": (paid("24.00", method="paypal", key="t7"),)}, "held"),
}


@pytest.mark.parametrize("change", list(CHANGES))
async def test_whatever_the_decision_stands_on_is_a_change_of_a_held_order(world: World, change: str) -> None:
    """Not its lines alone: a held order that is cancelled or paid otherwise is no longer held for the old reason."""
    changes, state = CHANGES[change]
    await world.publish({**TABLES, "payments": {"paypal": "P"}})
    await world.placed()
    for _ in range(3):
        await world.hear()
        await world.drain()
    assert await world.state() == ("held", "mapping.payment_missing")
    reads = (await world.record())["reason_code"]
    world.store.change("1001", **changes)
    await world.hear()
    await world.drain()
    after = await world.state()
    if change == "paid by another instrument":
        assert after == ("settled", None)
    else:
        assert after[0] == state
        assert after[1] != reads


async def test_every_reason_stands_in_the_timeline(world: World) -> None:
    await world.publish({})
    await world.placed()
    told = await world.told_of()
    assert told == ["read", "reason", "held"]


async def test_a_held_order_is_released_by_the_button_after_its_cause_is_gone(world: World) -> None:
    await world.publish(NO_TAXES)
    await world.placed()
    await world.publish(TABLES)
    await world.ask()
    await world.drain()
    assert await world.state() == ("settled", None)


async def test_a_fault_of_our_own_holds_that_record_and_no_other(world: World) -> None:
    world.store.place(order(key=StoreKey("1002"), name="#1002"))
    await world.hear("1002")
    world.store.place(order())
    await world.hear("1001")
    get = world.store.get

    async def breaks(key: StoreKey) -> object:
        if key == "1001":
            raise ZeroDivisionError
        return await get(key)

    world.store.get = breaks  # type: ignore[method-assign,assignment]
    await world.drain()
    assert await world.state("1001") == ("held", "bug.unexpected")
    assert await world.state("1002") == ("settled", None)


# --- the connection ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trouble", "code"),
    [(erp.is_set_up_wrongly(), "host.wrong_company"), (erp.lets_nobody_in(), "host.access_lost")],
)
async def test_a_connection_that_cannot_work_pauses_with_its_reason_and_nothing_is_marked_failed(
    world: World, trouble: erp.Behaviour, code: str
) -> None:
    world.erp.will(trouble)
    await world.placed()
    row, record = await world.connection(), await world.record()
    assert (row["state"], row["paused_code"]) == ("paused", code)
    assert row["paused_sentence"]
    assert (record["state"], record["attempts"], record["failing_since"]) == ("waiting", 0, None)
    assert row["breaker_failures"] == 0
    await world.time_passes(100)
    await world.drain()
    assert len(world.erp.sent) == 1


async def test_a_paused_connection_still_hears_and_goes_on_where_it_stopped(world: World) -> None:
    world.store.fails(AccessLost("shopify.signed_out", "The shop must sign in again."))
    await world.placed()
    await world.placed(order(key=StoreKey("1002"), name="#1002"))
    assert (await world.state("1002"))[0] == "waiting"
    await world.set(state="live")
    await world.time_passes(10)
    await world.drain()
    assert await world.state("1001") == ("settled", None)
    assert await world.state("1002") == ("settled", None)


async def test_orders_that_the_erp_owns_are_never_written_there(world: World) -> None:
    await world.set(owners='{"orders": "host"}')
    await world.placed()
    assert (world.erp.sent, world.erp.looks) == ([], 0)
    assert await world.state() == ("skipped", "owner.refused")
    assert "either" in (await world.record())["reason_sentence"]
    # Nothing else of the connection stands still for it, and whoever asks is answered the same.
    assert (await world.connection())["state"] == "live"
    await world.ask()
    await world.drain()
    assert (await world.state(), world.erp.sent) == (("skipped", "owner.refused"), [])


async def test_a_connection_that_is_not_live_yet_hears_nothing_and_sends_nothing(world: World) -> None:
    await world.set(state="setup")
    await world.placed()
    assert world.erp.sent == []


async def test_a_refusal_is_held_with_its_words_and_verdict(world: World) -> None:
    world.erp.fails_to_look(Rejected("host.refused", "The ERP refused this.", facts={"status": "422"}))
    await world.placed()
    row = await world.record()
    assert (row["state"], row["reason_code"], row["reason_sentence"]) == (
        "held",
        "host.refused",
        "The ERP refused this.",
    )
    assert row["reason_verdict"] == "look_first"
    assert row["reason_facts"] == '{"status": "422"}'


async def test_a_connection_that_cannot_be_opened_stops_no_other_of_the_shop(world: World) -> None:
    sides = world.sides

    async def opens(connection: object) -> object:
        raise Misconfigured("host.unknown", "This server has no such ERP.")

    world.sides = opens  # type: ignore[method-assign,assignment]
    await world.placed()
    assert (await world.connection())["paused_code"] == "host.unknown"
    world.sides = sides  # type: ignore[method-assign]
    await world.set(state="live")
    await world.drain()
    assert await world.state() == ("settled", None)
