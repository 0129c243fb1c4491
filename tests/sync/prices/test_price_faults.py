"""Prices under faults: lost answers, dead workers, late commits, and an ERP that has lost its mind."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.domain.stock_guard import Concern
from app.domain.stock_plan import RunState
from app.errors import Retry
from app.steps import points
from tests.sync.prices.conftest import PriceWorld
from tests.sync.stock.conftest import dies_at


async def test_a_lost_answer_is_judged_by_a_look_and_not_sent_again(world: PriceWorld) -> None:
    await world.live()
    world.erp.set("SKU-0001", "12")
    world.shop.lose = 1
    view = await world.run()
    assert (view.state, view.done, len(world.shop.calls), world.price(1)) == (RunState.DONE, 1, 1, "12.00")


async def test_nothing_is_sent_for_a_product_while_a_call_of_it_may_still_happen(world: PriceWorld) -> None:
    await world.live()
    world.erp.set("SKU-0001", "12")
    world.shop.lose_before, world.shop.commits_late = 1, True
    view = await world.run()
    assert (view.state, len(world.shop.calls)) == (RunState.RUNNING, 1)
    await world.flow().stop(world.joined.tenant, view.id)
    world.erp.set("SKU-0001", "13")
    world.erp.set("SKU-0011", "13")
    newer = await world.run()
    assert (newer.state, world.price(1), world.price(11)) == (RunState.RUNNING, "10.00", "13.00")
    world.shop.late.pop()()
    assert world.price(1) == "12.00", "it did happen, late"
    done = await world.push(newer.id)
    assert (done.state, world.price(1)) == (RunState.DONE, "13.00")


async def test_what_never_happened_is_sent_again_once_it_can_not_happen_any_more(world: PriceWorld) -> None:
    await world.live()
    world.erp.set("SKU-0001", "12")
    world.shop.lose_before = 1
    view = await world.run()
    await world.push(view.id)
    assert (len(world.shop.calls), world.price(1)) == (1, "10.00")
    await world.settle_passes()
    done = await world.push(view.id)
    assert (done.state, done.done, len(world.shop.calls), world.price(1)) == (RunState.DONE, 1, 2, "12.00")


@pytest.mark.parametrize(
    "step", [name for name in points.PRICE_STEP_NAMES if name not in {"price.read", "price.planned"}]
)
async def test_an_heir_goes_on_wherever_a_worker_died(world: PriceWorld, step: str) -> None:
    await world.live()
    for n in (1, 2, 11):
        world.erp.set(f"SKU-{n:04}", "12")
    view = await world.plan()
    await dies_at(step, world.push(view.id))
    await world.settle_passes()
    done = await world.push(view.id, worker="heir")
    assert (done.state, done.done) == (RunState.DONE, 3)
    assert [world.price(n) for n in (1, 2, 11)] == ["12.00"] * 3
    assert len(world.shop.calls) <= 3


@pytest.mark.parametrize("step", ["price.read", "price.planned"])
async def test_a_plan_whose_worker_died_is_made_anew(world: PriceWorld, step: str) -> None:
    await world.live()
    world.erp.set("SKU-0001", "12")
    await dies_at(step, world.plan())
    await world.run()
    assert world.price(1) == "12.00"


async def test_an_erp_that_is_busy_for_a_moment_is_asked_for_the_same_page_again(world: PriceWorld) -> None:
    await world.live(5)
    world.erp.busy = 5
    assert (await world.plan()).counts.changed == 0
    world.erp.busy = 6
    with pytest.raises(Retry):
        await world.plan()


async def test_a_store_that_is_away_leaves_the_plan_for_the_next_turn(world: PriceWorld) -> None:
    await world.live()
    world.erp.set("SKU-0001", "12")
    world.shop.away = 1
    view = await world.run()
    assert (view.state, view.held, world.price(1)) == (RunState.RUNNING, 0, "10.00")
    assert (await world.push(view.id)).done == 1


async def test_a_person_who_changes_a_price_right_before_the_write_is_seen(world: PriceWorld) -> None:
    await world.live()
    world.erp.set("SKU-0001", "12")
    view = await world.plan()
    world.shop.by_hand("0001", "9.00")
    done = await world.push(view.id)
    assert ((await world.lines(done))["SKU-0001"], world.price(1)) == (
        ("held", "price.changed_by_person"),
        "9.00",
    )


async def test_an_erp_that_says_zero_for_everything_changes_nothing(world: PriceWorld) -> None:
    await world.live(40)
    world.erp.factor = Decimal(0)
    view = await world.plan()
    assert (view.needs_approval, set(view.concerns)) == (True, {Concern.ZEROED, Concern.CHANGED})
    assert (view.counts.changed, view.counts.asks) == (0, 40)


async def test_an_erp_that_says_a_hundredfold_changes_nothing(world: PriceWorld) -> None:
    await world.live(40)
    world.erp.factor = Decimal(100)
    view = await world.plan()
    assert (view.needs_approval, view.counts.changed, view.counts.asks) == (True, 0, 40)


async def test_half_the_rows_are_no_reason_to_touch_the_other_half(world: PriceWorld) -> None:
    await world.live(40)
    world.erp.set("SKU-0001", "12")
    world.erp.share = 0.5
    view = await world.plan()
    assert (view.concerns, view.counts.unknown, view.counts.changed) == ((Concern.FEWER_ROWS,), 20, 1)


async def test_garbage_is_unknown_and_clears_nothing(world: PriceWorld) -> None:
    await world.live(40)
    world.erp.set("SKU-0001", None)
    world.erp.set("SKU-0002", "NaN")
    world.erp.set("SKU-0003", "-4")
    view = await world.run()
    assert (view.state, view.counts.unknown, view.counts.changed, world.shop.calls) == (
        RunState.DONE,
        3,
        0,
        [],
    )


async def test_more_than_a_fifth_changed_waits_for_a_person(world: PriceWorld) -> None:
    await world.live(40)
    for n in range(1, 10):
        world.erp.set(f"SKU-{n:04}", "11")
    view = await world.plan()
    assert (view.needs_approval, view.concerns) == (True, (Concern.CHANGED,))
    await world.flow().approve(world.joined.tenant, view.id, by="me")
    assert (await world.push(view.id)).done == 9
