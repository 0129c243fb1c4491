"""The push: stale levels decided anew, the bad one halved out, lost answers, one writer, and nothing applied twice."""

from __future__ import annotations

import asyncio

import pytest

from app.domain.stock_plan import LineState, RunState
from app.steps import points
from tests.fakes.stock import key
from tests.sync.stock.conftest import StockWorld, dies_at


async def test_a_thousand_changed_levels_are_four_calls_and_forty_points(world: StockWorld) -> None:
    world.stocked(1000, erp=7)
    await world.set_up()
    view = await world.run()
    assert (view.done, view.calls_made, view.points_spent) == (1000, 4, 40)
    assert set(world.shop.shown.values()) == {7}


async def test_one_poison_and_fifty_stale_leave_the_rest_written_in_thirty_calls(world: StockWorld) -> None:
    world.stocked(1000, erp=7)
    await world.set_up()
    view = await world.plan()
    for n in range(1, 1001, 20):
        world.shop.sell(str(n), 1)
    world.shop.poisoned["505"] = False
    done = await world.approved(view)
    right = [n for n in range(1, 1001) if world.level(n) == (6 if n % 20 == 1 else 7)]
    assert len(right) >= 999
    assert (done.held, done.state) == (1, RunState.DONE)
    assert done.calls_made + world.shop.reads <= 30
    held = [line for line in await world.flow().lines(world.joined.tenant, view.id, most=2000) if line.code]
    assert [(line.sku, line.code) for line in held] == [("SKU-0505", "shopify.stock_refused")]


async def test_a_named_poison_is_held_without_halving(world: StockWorld) -> None:
    world.stocked(250, erp=7)
    world.shop.poisoned["9"] = True
    await world.set_up()
    done = await world.run()
    assert (done.held, done.done, done.calls_made) == (1, 249, 2)


async def test_a_sale_during_the_push_is_not_given_back(world: StockWorld) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 12
    world.shop.before.append(lambda: world.shop.sell("1", 3))
    view = await world.run()
    assert (view.state, world.level(1)) == (RunState.DONE, 9)


async def test_an_answer_that_was_lost_is_asked_for_under_the_same_key(world: StockWorld) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 5
    world.shop.lose = 1
    view = await world.run()
    assert (view.state, world.level(1)) == (RunState.DONE, 5)
    assert len(world.shop.keys) >= 2
    assert world.shop.keys[-1] == world.shop.keys[-2]
    assert len(world.shop.applied) == 1


async def test_a_request_still_under_way_is_repeated_under_its_key_and_a_used_up_key_is_replaced(
    world: StockWorld,
) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 5
    world.shop.concurrent = 1
    assert (await world.run()).done == 1
    assert world.shop.keys[-1] == world.shop.keys[-2]
    world.erp.free["SKU-0001"] = 6
    world.shop.used_up = 1
    assert (await world.run()).done == 1
    assert world.shop.keys[-1] != world.shop.keys[-2]
    assert world.level(1) == 6


async def test_a_worker_that_dies_with_a_call_under_way_leaves_it_to_its_heir(world: StockWorld) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 5
    view = await world.plan()
    died = asyncio.Event()

    async def barrier(name: str) -> None:
        if name == "stock.answered":
            died.set()
            await asyncio.Event().wait()

    points.install(barrier)
    try:
        task = asyncio.create_task(world.push(view.id))
        await died.wait()
    finally:
        points.install(None)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (
        await world.owner.fetchval("SELECT state FROM effect WHERE target = 'store' ORDER BY sent_at DESC")
    ) == "sent"
    done = await world.push(view.id, worker="heir")
    assert (done.state, world.level(1), len(world.shop.applied)) == (RunState.DONE, 5, 1)
    assert world.shop.keys[-1] == world.shop.keys[-2]


async def test_a_call_too_old_for_its_key_is_read_again_instead(world: StockWorld) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 5
    world.shop.lose_before = 4
    view = await world.run()
    assert view.state is RunState.RUNNING
    await world.owner.execute("UPDATE effect SET sent_at = sent_at - interval '13 hours'")
    world.shop.sell("1", 2)
    lost = world.shop.keys[-1]
    done = await world.push(view.id)
    assert (done.state, world.shop.keys.count(lost)) == (RunState.DONE, 4)
    assert world.level(1) == 3


async def test_what_a_call_too_old_for_its_key_may_have_given_counts_as_sold(world: StockWorld) -> None:
    """It counted: 14 were there, four were bought, and 10 is what was believed all along."""
    await world.live()
    world.erp.free["SKU-0001"] = 14
    world.shop.lose = 4
    view = await world.run()
    await world.owner.execute("UPDATE effect SET sent_at = sent_at - interval '13 hours'")
    world.shop.sell("1", 4)
    done = await world.push(view.id)
    assert (done.state, world.level(1)) == (RunState.DONE, 10)


async def test_only_one_writes_a_location_at_a_time(world: StockWorld) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 5
    view = await world.plan()
    await world.owner.execute(
        "UPDATE stock_writer SET until = now() + interval '1 minute', epoch = 999, owner = 'other'"
    )
    assert (await world.push(view.id)).done == 0
    assert world.shop.calls == []


async def test_who_lost_the_pen_sends_nothing_more(world: StockWorld) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 5
    view = await world.plan()

    async def barrier(name: str) -> None:
        if name == "stock.frozen":
            await world.owner.execute("UPDATE stock_writer SET epoch = epoch + 1")

    points.install(barrier)
    try:
        await world.push(view.id)
    finally:
        points.install(None)
    assert world.shop.calls == []


async def test_who_lost_the_pen_while_it_read_decides_nothing_more(world: StockWorld) -> None:
    """Else it would set lines that an heir has written to planned again, to be written twice."""
    await world.live()
    world.erp.free["SKU-0001"] = 5
    view = await world.plan()
    await world.owner.execute("UPDATE run SET started_at = now() - interval '10 minutes'")
    world.erp.free["SKU-0001"] = 7

    async def barrier(name: str) -> None:
        if name == "stock.read":
            await world.owner.execute("UPDATE stock_writer SET epoch = epoch + 1")
            await world.owner.execute("UPDATE stock_line SET state = 'done' WHERE run_id = $1", view.id)

    points.install(barrier)
    try:
        await world.push(view.id)
    finally:
        points.install(None)
    assert world.shop.calls == []
    [line] = await world.flow().lines(world.joined.tenant, view.id)
    assert (line.state, line.new) == (LineState.DONE, 5)


async def test_who_lost_the_pen_during_its_last_call_ends_no_run(world: StockWorld) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 5
    view = await world.plan()

    async def barrier(name: str) -> None:
        if name == "stock.stale":
            await world.owner.execute("UPDATE stock_writer SET epoch = epoch + 1")

    points.install(barrier)
    try:
        await world.push(view.id)
    finally:
        points.install(None)
    assert (await world.flow().run_progress(world.joined.tenant, view.id)).state is RunState.RUNNING


async def test_a_push_that_stood_still_goes_on_by_what_the_erp_says_now(world: StockWorld) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 15
    view = await world.plan()
    await world.owner.execute("UPDATE run SET beat_at = now() - interval '61 seconds'")
    world.erp.free["SKU-0001"] = 12
    await world.push(view.id, worker="heir")
    assert (world.level(1), len(world.shop.calls)) == (12, 1)


async def test_an_older_observation_never_replaces_a_newer_target(world: StockWorld) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 5
    await world.run()
    await world.owner.execute(
        "UPDATE stock_level SET written_observed_at = now() + interval '1 hour' WHERE item_key = '1'"
    )
    world.erp.free["SKU-0001"] = 9
    view = await world.plan()
    assert (view.counts.changed, world.level(1)) == (0, 5)


async def test_nothing_is_written_without_comparing_once_levels_are_known(world: StockWorld) -> None:
    await world.live()
    world.shop.stock("NEW", 0, item="77")
    del world.shop.shown[key("77")]
    world.erp.free |= {"NEW": 4}
    await world.owner.execute("UPDATE stock_setting SET linked_at = NULL")
    view = await world.plan()
    assert (view.counts.unstocked, view.counts.changed) == (1, 0)


@pytest.mark.parametrize("stuck", ["breaker", "order"])
async def test_while_orders_are_stuck_stock_is_only_lowered(world: StockWorld, stuck: str) -> None:
    await world.live()
    if stuck == "breaker":
        await world.owner.execute("UPDATE connection SET breaker_until = now() + interval '1 hour'")
    else:
        await world.owner.execute(
            "INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, wanted, first_seen_at)"
            " VALUES ($1, $2, $3, 'order', '1001', 1, now() - interval '1 hour')",
            world.joined.tenant,
            world.joined.connection,
            world.joined.shop,
        )
    world.erp.free |= {"SKU-0001": 12, "SKU-0002": 8}
    view = await world.run()
    assert (view.counts.deferred, view.counts.changed) == (1, 1)
    assert (world.level(1), world.level(2)) == (10, 8)
    assert (await world.lines(view))["SKU-0001"] == "deferred"


async def test_a_push_passes_every_named_point(world: StockWorld) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 5
    world.shop.before.append(lambda: world.shop.sell("1", 1))
    passed: set[str] = set()

    async def barrier(name: str) -> None:
        passed.add(name)

    points.install(barrier)
    try:
        await world.run()
    finally:
        points.install(None)
    assert passed == set(points.STOCK_STEP_NAMES)


async def test_one_sku_pushed_alone_leaves_a_waiting_plan_waiting(world: StockWorld) -> None:
    await world.live()
    world.erp.free = dict.fromkeys(world.erp.free, 0)
    waiting = await world.plan()
    await world.run(only="SKU-0001")
    assert (await world.flow().run_progress(world.joined.tenant, waiting.id)).needs_approval
    assert (world.level(1), world.level(2)) == (0, 10)


async def test_who_dies_right_after_a_run_ended_has_said_so(world: StockWorld) -> None:
    """Else whoever watches sees the run over without the line that says it."""
    world.stocked(3, erp=7)
    await world.set_up()
    await dies_at("stock.planned", world.plan())
    run = (await world.own("id FROM run"))[0]["id"]
    await world.flow().approve(world.joined.tenant, run, by="me")
    await dies_at("stock.settled", world.push(run))
    told = await world.own("kind, sentence FROM timeline", "AND run_id = $2 ORDER BY id", run)
    assert [tuple(line) for line in told] == [
        ("stock_planned", "The plan waits for approval."),
        ("stock_done", "The run is over."),
    ]
