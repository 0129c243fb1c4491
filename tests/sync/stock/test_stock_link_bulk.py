"""A large shop is linked by a file: line by line, from the line that was stored last, and by pages when that comes to nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.stock_plan import RunView
from app.errors import Reason, Retry
from app.models import stock_levels, stock_links, stock_staging
from app.ports import BulkFrom, BulkState
from app.settings import Timing
from tests.fakes.bulk import FakeBulk
from tests.fakes.stock import key
from tests.sync.stock.conftest import StockWorld, dies_at

MANY = 300
QUICK = Timing(bulk_look=timedelta(0), bulk_settle=timedelta(0))


@pytest.fixture
def large(world: StockWorld) -> StockWorld:
    """More items than are read page by page; few lines are stored at a time, so that a file has many checkpoints."""
    world.files, world.timing = FakeBulk(shop=world.shop), QUICK
    world.bulk = BulkFrom(link=100, lines=50, items=40)
    world.stocked(MANY)
    return world


def files(world: StockWorld) -> FakeBulk:
    assert world.files is not None
    return world.files


async def turn(world: StockWorld, worker: str = "one") -> RunView | None:
    """One turn's planning: None when the file is not through yet."""
    try:
        return await world.flow(worker).plan_stock(
            world.joined.tenant, world.joined.connection, started_by="test"
        )
    except Retry as waits:
        if waits.code != "stock.linking":
            raise
        return None


async def planned(world: StockWorld, *, most: int = 12) -> RunView:
    for _ in range(most):
        if (view := await turn(world)) is not None:
            return view
    raise AssertionError("the shop was never linked")


async def known(world: StockWorld) -> dict[str, int]:
    rows = await world.owner.fetch(
        "SELECT i.item_key, l.available FROM stock_item i JOIN stock_level l USING (tenant_id, shop_id, item_key)"
        " WHERE i.tenant_id = $1",
        world.joined.tenant,
    )
    return {row["item_key"]: row["available"] for row in rows}


async def told(world: StockWorld) -> list[str]:
    rows = await world.own("code FROM timeline", "AND kind = 'stock_link' ORDER BY id")
    return [row["code"] for row in rows]


async def bulk(world: StockWorld) -> Any:
    return (await world.own("* FROM stock_bulk", "ORDER BY began_at DESC"))[0]


async def long_ago(world: StockWorld) -> None:
    """The last file was read days ago, and all of it was met then."""
    await world.owner.execute(
        "UPDATE stock_item SET seen_at = seen_at - interval '2 days' WHERE tenant_id = $1",
        world.joined.tenant,
    )
    await world.owner.execute(
        "UPDATE stock_bulk SET began_at = began_at - interval '2 days', ended_at = now() - interval '2 days'"
        " WHERE tenant_id = $1",
        world.joined.tenant,
    )


async def hear(world: StockWorld, item: str) -> None:
    """An event of this level is folded."""
    seen = await world.shop.levels([key(item)])
    async with world.database.tenant(world.joined.tenant) as tx:
        await stock_levels.fold(
            tx,
            tenant=world.joined.tenant,
            shop=world.joined.shop,
            seen=seen,
            read=False,
            trust=timedelta(0),
        )


def shown(world: StockWorld) -> dict[str, int]:
    return {level.item: quantity for level, quantity in world.shop.shown.items()}


async def test_a_large_shop_is_linked_by_a_file(large: StockWorld) -> None:
    await large.set_up()
    view = await planned(large)
    assert (view.counts.levels, files(large).asked) == (MANY, 1)
    assert await known(large) == shown(large)
    assert await large.own("* FROM stock_staged") == []


async def test_a_small_shop_is_linked_by_pages_alone(large: StockWorld) -> None:
    large.bulk = BulkFrom(link=MANY + 1)
    await large.set_up()
    assert (await planned(large, most=1)).counts.levels == MANY
    assert files(large).asked == 0


async def test_a_turn_does_not_wait_for_the_file(large: StockWorld) -> None:
    files(large).slow = True
    await large.set_up()
    assert await turn(large) is None
    assert await turn(large) is None
    assert (files(large).asked, files(large).looks) == (1, 2)
    files(large).finish("op/1")
    assert await turn(large) is not None


async def test_blank_and_doubled_skus_are_told_as_they_are_by_pages(large: StockWorld) -> None:
    large.shop.stock("sku-0001", 3, item="9001")
    large.shop.stock("SKU-0002", 3, item="9002")
    large.shop.stock("  ", 3, item="9003")
    await large.set_up()
    await planned(large)
    problems = await large.flow().sku_problems(large.joined.tenant, large.joined.connection)
    assert {(each.kind.value, each.sku.casefold()) for each in problems.found} >= {
        ("case", "sku-0001"),
        ("duplicate", "sku-0002"),
        ("blank", ""),
    }


@pytest.mark.parametrize(
    ("step", "nth"),
    [("bulk.asked", 1), ("bulk.answered", 1), ("bulk.staged", 3), ("bulk.staged", 12), ("bulk.merged", 4)],
)
async def test_who_follows_a_worker_that_died_goes_on_where_it_stopped(
    large: StockWorld, step: str, nth: int
) -> None:
    await large.set_up()
    await dies_at(step, turn(large), nth=nth)
    before = await bulk(large)
    assert (await planned(large)).counts.levels == MANY
    assert await known(large) == shown(large)
    assert files(large).asked == 1
    assert (await bulk(large))["id"] == before["id"]
    assert await told(large) == []


async def test_a_file_that_breaks_off_is_read_on_from_the_line_that_was_stored(large: StockWorld) -> None:
    files(large).cut_after = 310
    await large.set_up()
    with pytest.raises(Retry) as broke:
        await large.plan()
    assert broke.value.code == "connection.no_answer"
    assert (await bulk(large))["lines"] == 300
    assert (await planned(large)).counts.levels == MANY
    assert (await known(large), files(large).asked) == (shown(large), 1)


async def test_an_address_that_died_is_asked_for_again(large: StockWorld) -> None:
    files(large).slow = True
    await large.set_up()
    await turn(large)
    files(large).finish("op/1")
    await dies_at("bulk.staged", turn(large), nth=2)
    files(large).move("op/1")
    assert (await planned(large)).counts.levels == MANY
    assert files(large).asked == 1


async def test_a_file_that_is_gone_leaves_the_shop_to_pages(large: StockWorld) -> None:
    files(large).dead.add("op/1/1")
    await large.set_up()
    assert (await planned(large)).counts.levels == MANY
    assert await told(large) == ["stock.bulk_file_gone"]


async def test_an_answer_that_was_lost_is_looked_up_and_the_operation_taken_over(large: StockWorld) -> None:
    files(large).lose_after = 1
    await large.set_up()
    await planned(large)
    assert (files(large).asked, len(files(large).operations)) == (1, 1)


async def test_a_request_that_was_lost_is_made_again(large: StockWorld) -> None:
    files(large).lose_before = 1
    await large.set_up()
    await planned(large)
    assert (files(large).asked, len(files(large).operations)) == (2, 1)


async def test_a_lost_request_is_not_repeated_before_it_can_have_settled(large: StockWorld) -> None:
    large.timing = replace(QUICK, bulk_settle=timedelta(minutes=1))
    files(large).lose_before = 1
    await large.set_up()
    for _ in range(4):
        assert await turn(large) is None
    assert files(large).asked == 1


async def test_a_busy_store_is_waited_for_and_then_left_to_pages(large: StockWorld) -> None:
    files(large).busy = 2
    await large.set_up()
    assert await turn(large) is None
    assert (await planned(large)).counts.levels == MANY
    assert await told(large) == []


async def test_a_store_that_stays_busy_is_read_by_pages(large: StockWorld) -> None:
    files(large).busy = 1000
    large.timing = replace(QUICK, bulk_patience=timedelta(0))
    await large.set_up()
    assert (await planned(large)).counts.levels == MANY
    assert await told(large) == ["stock.bulk_busy"]


async def test_our_own_operation_is_taken_over_when_the_store_is_busy_with_it(large: StockWorld) -> None:
    await files(large).ask_items()
    files(large).slow, files(large).busy = True, 1
    await large.set_up()
    await turn(large)
    assert (await bulk(large))["operation"] == "op/1"


async def test_a_store_that_refuses_is_read_by_pages_and_says_why(large: StockWorld) -> None:
    files(large).refuse = Reason(code="shopify.bulk_refused", sentence="No.")
    await large.set_up()
    assert (await planned(large)).counts.levels == MANY
    assert await told(large) == ["shopify.bulk_refused"]


@pytest.mark.parametrize("code", ["canceled", "internal_server_error"])
async def test_an_operation_that_failed_or_that_a_person_cancelled_leaves_the_shop_to_pages(
    large: StockWorld, code: str
) -> None:
    files(large).slow = True
    await large.set_up()
    await turn(large)
    files(large).finish("op/1", code=code)
    assert (await planned(large)).counts.levels == MANY
    assert await told(large) == ["stock.bulk_broken"]
    assert await large.own("* FROM stock_staged") == []


async def test_a_file_with_less_than_was_counted_lets_nobody_forget_the_rest(large: StockWorld) -> None:
    files(large).slow = True
    await large.set_up()
    await turn(large)
    files(large).finish("op/1")
    seen = files(large).operations["op/1"]
    files(large).operations["op/1"] = replace(seen, roots=seen.roots + 1, state=BulkState.COMPLETE)
    await planned(large)
    assert await told(large) == ["stock.bulk_cut_off"]
    assert await known(large) == shown(large)


async def test_a_file_with_nothing_in_it_makes_nobody_forget_a_linked_shop(large: StockWorld) -> None:
    await large.set_up()
    await planned(large)
    large.timing = replace(QUICK, stock_sweep=timedelta(0))
    await long_ago(large)
    there, large.shop.skus, large.shop.shown = await known(large), {}, {}
    await large.flow().sweep(large.joined.tenant, large.joined.connection)
    assert await told(large) == ["stock.bulk_cut_off"]
    assert await known(large) == there


async def test_what_was_heard_or_written_since_is_not_overwritten_by_the_file(large: StockWorld) -> None:
    await large.set_up()
    await planned(large)
    large.timing = replace(QUICK, stock_sweep=timedelta(0))
    await long_ago(large)
    files(large).slow = True
    await large.flow().sweep(large.joined.tenant, large.joined.connection)
    assert len(files(large).operations) == 2
    large.shop.sell("7", 4)
    await hear(large, "7")
    files(large).finish("op/2")
    assert await large.flow().sweep(large.joined.tenant, large.joined.connection) is None
    assert (await known(large))["7"] == 6


async def test_an_item_that_goes_while_the_file_is_made_does_not_come_back(large: StockWorld) -> None:
    files(large).slow = True
    await large.set_up()
    await turn(large)
    async with large.database.tenant(large.joined.tenant) as tx:
        await stock_links.forget_items(tx, tenant=large.joined.tenant, shop=large.joined.shop, keys=["250"])
        await stock_staging.buried(tx, tenant=large.joined.tenant, shop=large.joined.shop, keys=["250"])
    files(large).finish("op/1")
    await planned(large)
    assert "250" not in await known(large)


async def test_a_large_shop_is_read_anew_by_a_file_a_day_instead_of_pages(large: StockWorld) -> None:
    await large.set_up()
    await planned(large)
    large.timing = replace(QUICK, stock_sweep=timedelta(0))
    sweep = large.flow().sweep
    assert await sweep(large.joined.tenant, large.joined.connection) is None
    assert files(large).asked == 1
    await long_ago(large)
    large.shop.sell("7", 4)
    del large.shop.skus["9"]
    await sweep(large.joined.tenant, large.joined.connection)
    assert files(large).asked == 2
    assert (await known(large))["7"] == 6
    assert "9" not in await known(large)
    (drift,) = await large.own("facts->>'levels' FROM timeline", "AND kind = 'stock_drift'")
    assert drift[0] == "1"
