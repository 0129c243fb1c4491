"""A first plan of many levels is written by files; whatever happens on the way, each level is right in the end, or held."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.domain.stock_plan import RunState, RunView
from app.errors import Reason, Retry
from app.ports import BulkFrom
from app.settings import Timing
from tests.fakes.bulk import FakeBulk
from tests.fakes.stock import key
from tests.sync.stock.conftest import StockWorld, dies_at

MANY = 600
QUICK = Timing(bulk_look=timedelta(0), bulk_settle=timedelta(0), stock_lease=timedelta(seconds=5))


@pytest.fixture
async def first(world: StockWorld) -> StockWorld:
    """A first plan of 600 levels, in calls of 50 and files of a few calls."""
    world.files, world.timing = FakeBulk(shop=world.shop, most_bytes=8_000), QUICK
    world.bulk = BulkFrom(link=1_000_000, load=100)
    world.shop.size = 50
    world.stocked(MANY, erp=7)
    await world.set_up()
    return world


def files(world: StockWorld) -> FakeBulk:
    assert world.files is not None
    return world.files


async def approved(world: StockWorld) -> UUID:
    view = await world.plan()
    await world.flow().approve(world.joined.tenant, view.id, by="me")
    return view.id


async def step(world: StockWorld, run: UUID, worker: str = "one") -> RunView:
    return await world.push(run, worker=worker)


async def done(world: StockWorld, run: UUID, *, most: int = 40, worker: str = "one") -> RunView:
    """As many turns as it takes."""
    for _ in range(most):
        view = await step(world, run, worker)
        if view.state is not RunState.RUNNING:
            return view
    raise AssertionError(f"the run never ended: {view}")


async def told(world: StockWorld) -> list[str]:
    rows = await world.own("code FROM timeline", "AND kind = 'stock_load' ORDER BY id")
    return [row["code"] for row in rows]


async def bulks(world: StockWorld, purpose: str = "load") -> list[Any]:
    return await world.own("* FROM stock_bulk", "AND purpose = $2 ORDER BY began_at", purpose)


def wrong(world: StockWorld, expected: int = 7) -> dict[str, int]:
    return {k.item: n for k, n in world.shop.shown.items() if n != expected}


async def test_a_first_plan_is_written_by_files_and_by_no_call(first: StockWorld) -> None:
    view = await done(first, await approved(first))
    assert (view.state, view.done, wrong(first)) == (RunState.DONE, MANY, {})
    assert first.shop.calls == []
    assert len(files(first).uploads) == len(await bulks(first)) > 1
    assert max(map(len, files(first).uploads)) < 8_000 + 4_000, "a file is bounded, whatever the plan holds"
    assert len(first.shop.applied) == len(set(first.shop.applied)) == MANY // 50
    assert view.points_spent == 22 * len(files(first).uploads)


async def test_what_the_store_shows_already_stands_in_each_line(first: StockWorld) -> None:
    first.files, shop = FakeBulk(shop=first.shop), first.shop
    first.erp.free["NEW"] = 5
    shop.skus["new"] = "NEW"
    await done(first, await approved(first))
    rows = [row for payload, _ in shop.answered.values() for row in payload["rows"]]
    assert {row[3] for row in rows if row[0] != "new"} == {10}
    assert [row[3] for row in rows if row[0] == "new"] == [None]
    assert shop.shown[key("new")] == 5


async def test_a_few_levels_and_later_changes_are_written_call_by_call(first: StockWorld) -> None:
    await done(first, await approved(first))
    for sku in first.erp.free:
        first.erp.free[sku] = 3
    before = files(first).asked
    view = await first.plan()
    await first.flow().approve(first.joined.tenant, view.id, by="me")
    assert (await done(first, view.id)).calls_made == MANY // 50
    assert (files(first).asked, wrong(first, 3)) == (before, {})


async def test_a_small_first_plan_needs_no_file(first: StockWorld) -> None:
    first.bulk = BulkFrom(load=MANY + 1)
    view = await done(first, await approved(first))
    assert (view.calls_made, files(first).asked) == (MANY // 50, 0)


async def test_a_turn_does_not_wait_for_the_store(first: StockWorld) -> None:
    files(first).slow = True
    run = await approved(first)
    assert [(await step(first, run)).state for _ in range(3)] == [RunState.RUNNING] * 3
    assert files(first).asked == 1
    assert await first.own("* FROM stock_writer", "AND until > now()") == [], (
        "the pen is put down while a file is out"
    )


@pytest.mark.parametrize(
    ("name", "nth"),
    [
        ("bulk.frozen", 1),
        ("bulk.frozen", 2),
        ("bulk.uploaded", 1),
        ("bulk.asked", 1),
        ("bulk.answered", 1),
        ("bulk.applied", 1),
        ("bulk.applied", 2),
    ],
)
async def test_who_follows_a_worker_that_died_writes_every_level_once(
    first: StockWorld, name: str, nth: int
) -> None:
    run = await approved(first)
    await dies_at(name, _turns(first, run), nth=nth)
    view = await done(first, run, worker="heir")
    assert (view.done, wrong(first), first.shop.calls) == (MANY, {}, [])
    assert len(first.shop.applied) == len(set(first.shop.applied))
    assert len(files(first).operations) == len(await bulks(first))


async def _turns(world: StockWorld, run: UUID) -> None:
    while (await step(world, run)).state is RunState.RUNNING:
        pass


async def test_a_start_whose_answer_was_lost_is_taken_over(first: StockWorld) -> None:
    files(first).lose_after = 1
    view = await done(first, await approved(first))
    assert (view.done, wrong(first), await told(first)) == (MANY, {}, [])
    assert len(first.shop.applied) == MANY // 50


async def test_a_start_that_never_arrived_is_made_again(first: StockWorld) -> None:
    files(first).lose_before = 1
    view = await done(first, await approved(first))
    assert (view.done, wrong(first), await told(first)) == (MANY, {}, [])


async def test_a_lost_start_is_not_repeated_before_it_can_have_settled(first: StockWorld) -> None:
    first.timing = replace(QUICK, bulk_settle=timedelta(minutes=1))
    files(first).lose_before = 1
    run = await approved(first)
    for _ in range(4):
        await step(first, run)
    assert files(first).asked == 1


async def test_a_busy_store_has_the_plan_written_call_by_call_after_a_while(first: StockWorld) -> None:
    files(first).busy = 1000
    first.timing = replace(QUICK, bulk_patience=timedelta(0))
    view = await done(first, await approved(first))
    assert (view.done, wrong(first), await told(first)) == (MANY, {}, ["stock.bulk_busy"])
    assert view.calls_made >= MANY // 50


async def test_a_refused_file_has_the_plan_written_call_by_call(first: StockWorld) -> None:
    files(first).refuse = Reason(code="shopify.bulk_refused", sentence="No.")
    view = await done(first, await approved(first))
    assert (view.done, wrong(first), await told(first)) == (MANY, {}, ["shopify.bulk_refused"])


async def test_a_file_place_that_is_away_is_waited_for(first: StockWorld) -> None:
    files(first).silent = 2
    run = await approved(first)
    for _ in range(2):
        with pytest.raises(Retry):
            await step(first, run)
    assert (await done(first, run)).done == MANY


@pytest.mark.parametrize("code", ["canceled", "internal_server_error"])
async def test_what_a_broken_operation_left_is_written_call_by_call_and_nothing_twice(
    first: StockWorld, code: str
) -> None:
    files(first).slow = True
    run = await approved(first)
    await step(first, run)
    files(first).finish("op/1", most=1, code=code)
    files(first).slow = False
    view = await done(first, run)
    assert (view.done, wrong(first), await told(first)) == (MANY, {}, ["stock.bulk_broken"])
    assert len(first.shop.applied) == len(set(first.shop.applied))


async def test_a_result_that_is_gone_is_asked_for_call_by_call_under_the_same_keys(first: StockWorld) -> None:
    files(first).dead.add("op/1/1")
    view = await done(first, await approved(first))
    assert (view.done, wrong(first), await told(first)) == (MANY, {}, ["stock.bulk_file_gone"])
    assert len(first.shop.applied) == len(set(first.shop.applied)) == MANY // 50


async def test_a_result_that_breaks_off_is_read_again(first: StockWorld) -> None:
    files(first).cut_after = 1
    run = await approved(first)
    with pytest.raises(Retry):
        await done(first, run)
    view = await done(first, run)
    assert (view.done, wrong(first)) == (MANY, {})
    assert len(first.shop.applied) == MANY // 50


async def test_a_sale_before_its_line_makes_it_stale_and_it_is_decided_anew(first: StockWorld) -> None:
    run = await approved(first)
    first.shop.sell("33", 2)
    view = await done(first, run)
    assert view.done == MANY
    assert wrong(first) == {"33": 5}, "what was sold was given back"


async def test_a_sale_after_its_line_is_found_when_everything_is_read_again(first: StockWorld) -> None:
    files(first).between.append(lambda: first.shop.sell("1", 2))
    run = await approved(first)
    await done(first, run)
    assert [row["ended_at"] for row in await bulks(first, "link")] == [None]
    for _ in range(4):
        await first.flow().sweep(first.joined.tenant, first.joined.connection)
    (shown,) = await first.own("available, unexplained FROM stock_level", "AND item_key = '1'")
    assert tuple(shown) == (5, 2)
    assert first.level(1) == 5


async def test_a_poisoned_level_is_held_and_the_rest_of_its_line_written(first: StockWorld) -> None:
    first.shop.poisoned["33"] = False
    view = await done(first, await approved(first))
    assert (view.done, view.held, wrong(first)) == (MANY - 1, 1, {"33": 10})
    states = await first.lines(view)
    assert states["SKU-0033"] == "held"


async def test_a_level_that_nobody_knew_is_read_and_not_written_again_when_its_answer_is_lost(
    first: StockWorld,
) -> None:
    first.files, shop = FakeBulk(shop=first.shop), first.shop
    first.erp.free["NEW"] = 5
    shop.skus["new"] = "NEW"
    files(first).dead.add("op/1/1")
    run = await approved(first)
    files(first).slow = True
    await step(first, run)
    files(first).finish("op/1")
    files(first).slow = False
    shop.sell("new", 1)
    view = await done(first, run)
    assert view.state is RunState.DONE
    assert shop.shown[key("new")] == 4, "what was sold was given back"


async def test_while_a_file_is_out_nothing_is_written_beside_it(first: StockWorld) -> None:
    files(first).slow = True
    run = await approved(first)
    await step(first, run)
    first.erp.free["SKU-0001"] = 9
    other = await first.plan(only="SKU-0001")
    if other.needs_approval:
        await first.flow().approve(first.joined.tenant, other.id, by="me")
    assert (await first.push(other.id)).state is RunState.RUNNING
    assert first.shop.calls == []
    files(first).slow = False
    await done(first, run)
    assert (await done(first, other.id)).state is RunState.DONE
    assert first.level(1) == 9


async def test_a_run_that_is_stopped_before_its_file_left_writes_nothing(first: StockWorld) -> None:
    run = await approved(first)
    await dies_at("bulk.uploaded", _turns(first, run))
    await first.flow().stop(first.joined.tenant, run)
    await first.flow("heir").turn(first.joined.tenant, first.joined.connection)
    assert (files(first).asked, first.shop.applied) == (0, [])
    assert all(row["ended_at"] for row in await bulks(first))
    assert await first.own("* FROM stock_line", "AND state = 'sent'") == []


async def test_a_run_that_is_stopped_with_its_file_out_is_settled_by_the_next_turns(
    first: StockWorld,
) -> None:
    files(first).slow = True
    run = await approved(first)
    await step(first, run)
    await first.flow().stop(first.joined.tenant, run)
    files(first).finish("op/1")
    await first.flow("heir").turn(first.joined.tenant, first.joined.connection)
    assert files(first).asked == 1
    sent = await first.own("* FROM stock_line", "AND state = 'sent'")
    written = await first.own("* FROM stock_line", "AND state = 'done'")
    assert (len(sent), len(written)) == (0, len(first.shop.applied) * 50)


async def test_the_content_of_a_file_rests_sealed(first: StockWorld) -> None:
    await dies_at("bulk.uploaded", _turns(first, await approved(first)))
    rows = await first.own("payload FROM effect", "AND kind = 'stock_bulk'")
    assert rows
    assert all(b"rows" not in row["payload"] for row in rows)
    assert all(row["payload"][:1] == b"\x01" for row in rows)
