"""A number that comes back: what a level gained since a line was decided may have been sold, and no compare-and-set tells."""

from __future__ import annotations

from uuid import UUID

import pytest

from app.domain.stock_plan import RunState
from app.errors import Misconfigured
from app.steps import points
from tests.sync.stock.conftest import StockWorld
from tests.sync.stock.test_stock_units import seen


@pytest.mark.parametrize("first", [0, 1])
async def test_of_two_plans_the_second_is_decided_anew_after_the_first_wrote(
    world: StockWorld, first: int
) -> None:
    """Both saw 10. One wrote 14 and four were bought, so 10 is there again; the other's 14 would sell those four twice."""
    await world.live()
    world.erp.free["SKU-0001"] = 14
    plans = [await world.plan(), await world.plan(only="SKU-0001")]
    await world.push(plans[first].id)
    world.shop.sell("1", 4)
    view = await world.push(plans[1 - first].id)
    assert (view.state, world.level(1), len(world.shop.applied)) == (RunState.DONE, 10, 1)


@pytest.mark.parametrize("step", ["stock.frozen", "stock.sent", "stock.answered"])
async def test_a_plan_made_while_its_level_was_written_is_decided_anew(world: StockWorld, step: str) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 14
    writing, meanwhile = await world.plan(), list[UUID]()

    async def barrier(name: str) -> None:
        if name == step and not meanwhile:
            points.install(None)
            meanwhile.append((await world.plan()).id)

    points.install(barrier)
    try:
        await world.push(writing.id)
    finally:
        points.install(None)
    world.shop.sell("1", 4)
    view = await world.push(meanwhile[0])
    assert (view.state, world.level(1), len(world.shop.applied)) == (RunState.DONE, 10, 1)


async def test_nothing_is_written_over_a_call_whose_answer_nobody_knows(world: StockWorld) -> None:
    """The call of a run that was stopped counted, and its answer is lost again and again; what it gave is sold meanwhile."""
    await world.live()
    world.erp.free["SKU-0001"] = 14
    world.shop.lose = 8
    stopped = await world.run()
    await world.flow().stop(world.joined.tenant, stopped.id)
    world.shop.sell("1", 4)
    view = await world.run()
    assert (view.state, view.held, world.level(1)) == (RunState.DONE, 1, 10)
    held = [line for line in await world.flow().lines(world.joined.tenant, view.id) if line.code]
    assert [line.code for line in held] == ["stock.under_way"]
    view = await world.run()
    assert (view.state, view.held, world.level(1), len(world.shop.applied)) == (RunState.DONE, 0, 10, 1)


async def test_a_raise_that_is_heard_of_between_plan_and_push_is_not_written_over_blindly(
    world: StockWorld,
) -> None:
    """The plan saw 10. A person made it 13, three were bought, and 10 is there again."""
    await world.live()
    world.erp.free["SKU-0001"] = 14
    view = await world.plan()
    world.shop.sell("1", -3)
    await seen(world, 1, 13)
    world.shop.sell("1", 3)
    view = await world.push(view.id)
    assert (view.state, world.level(1)) == (RunState.DONE, 11)


async def test_a_door_that_shuts_after_a_lost_answer_says_nothing_of_what_went_through(
    world: StockWorld,
) -> None:
    """The call counted. Whoever opens the door again repeats it under its key, and sees what was sold since."""
    await world.live()
    world.erp.free["SKU-0001"] = 14
    world.shop.lose, world.shop.shut_after_loss = 1, True
    view = await world.plan()
    with pytest.raises(Misconfigured):
        await world.push(view.id)
    world.shop.sell("1", 4)
    view = await world.push(view.id)
    assert (view.state, world.level(1), len(world.shop.applied)) == (RunState.DONE, 10, 1)


async def test_a_level_that_gains_while_its_run_writes_others_is_left_for_the_next_turn(
    world: StockWorld,
) -> None:
    """After the first call a person makes the second's level 13, and three are bought: 10 is there again."""
    world.shop.size, world.shop.at_once = 1, 1
    await world.live()
    world.erp.free |= {"SKU-0001": 14, "SKU-0002": 14}
    view, heard_of = await world.plan(), list[str]()

    async def barrier(name: str) -> None:
        if name == "stock.answered" and not heard_of:
            heard_of.append(name)
            world.shop.sell("2", -3)
            await seen(world, 2, 13)
            world.shop.sell("2", 3)

    points.install(barrier)
    try:
        view = await world.push(view.id)
    finally:
        points.install(None)
    assert (view.state, world.level(1), world.level(2)) == (RunState.RUNNING, 14, 10)
    view = await world.push(view.id)
    assert (view.state, world.level(2)) == (RunState.DONE, 11)
