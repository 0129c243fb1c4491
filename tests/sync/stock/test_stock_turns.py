"""Turns by the clock: one worker gets each, a push that was left goes on, hints and approvals bring the turn forward."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from app.domain.stock_guard import Concern
from app.domain.stock_plan import RunState
from app.errors import Reason
from app.models import upkeep
from app.sync.turns import Taker, Turns
from tests.sync.stock.conftest import StockWorld


async def ignored(tenant: UUID, connection: UUID, reason: Reason) -> None:
    """A pause nobody looks at."""


def turns(world: StockWorld, worker: str = "one") -> Turns:
    takers = {"inventory": Taker(turn=world.flow(worker).turn, writes=True)}
    return Turns(database=world.database, takers=takers, pause=ignored, look_every=timedelta(seconds=0.05))


async def due(world: StockWorld, *, now: bool = True) -> None:
    await world.owner.execute(
        "UPDATE schedule SET due_at = now() + interval '1 day' WHERE flow = 'inventory'"
    )
    if now:
        await world.owner.execute(
            "UPDATE schedule SET due_at = now() - interval '1 second' WHERE flow = 'inventory' AND connection_id = $1",
            world.joined.connection,
        )


async def test_a_turn_reads_plans_and_writes_what_needs_nobody(world: StockWorld) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 8
    await due(world)
    await turns(world).due()
    assert world.level(1) == 8
    pages = world.erp.pages
    await turns(world).due()
    assert world.erp.pages == pages


async def test_a_plan_that_waits_is_pushed_at_the_turn_after_its_approval(world: StockWorld) -> None:
    world.stocked(5, erp=7)
    await world.set_up()
    await due(world)
    await turns(world).due()
    (run,) = await world.flow().runs(world.joined.tenant, world.joined.connection)
    assert (run.needs_approval, world.level(1)) == (True, 10)
    await world.flow().approve(world.joined.tenant, run.id, by="me")
    await turns(world).due()
    assert (await world.flow().run_progress(world.joined.tenant, run.id)).state is RunState.DONE
    assert world.level(1) == 7


async def test_a_hint_brings_the_turn_forward(world: StockWorld) -> None:
    await world.live()
    await due(world, now=False)
    world.erp.free["SKU-0001"] = 8
    await turns(world).due()
    assert world.level(1) == 10
    await world.flow().hint(world.joined.tenant, world.joined.connection)
    await turns(world).due()
    assert world.level(1) == 8


async def test_two_workers_share_one_turn(world: StockWorld) -> None:
    await world.live()
    await due(world)
    pages = world.erp.pages
    claimed = [
        await world.flow(name).turn(world.joined.tenant, world.joined.connection) for name in ("one", "two")
    ]
    assert claimed == [None, None]
    assert world.erp.pages == pages + 1


async def test_an_erp_that_is_away_is_asked_again_soon_and_nothing_is_held(world: StockWorld) -> None:
    await world.live()
    await due(world)
    world.erp.silent = True
    await turns(world).due()
    wait = await world.owner.fetchval(
        "SELECT due_at - now() FROM schedule WHERE flow = 'inventory' AND connection_id = $1",
        world.joined.connection,
    )
    assert wait < timedelta(seconds=20)


async def test_an_old_plan_is_asked_for_again_before_it_is_written(world: StockWorld) -> None:
    world.stocked(5, erp=7)
    await world.set_up()
    view = await world.plan()
    world.erp.free["SKU-0001"] = 3
    world.erp.free["SKU-0002"] = 10
    await world.owner.execute("UPDATE run SET started_at = now() - interval '1 hour' WHERE id = $1", view.id)
    await world.approved(view)
    assert [world.level(n) for n in (1, 2, 3)] == [3, 10, 7]


async def test_a_stopped_run_writes_nothing_more(world: StockWorld) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 8
    view = await world.plan()
    await world.flow().stop(world.joined.tenant, view.id)
    assert (await world.push(view.id)).state is RunState.STOPPED
    assert world.level(1) == 10


async def test_the_sweep_tells_drift_and_the_next_run_heals_it(world: StockWorld) -> None:
    await world.live()
    world.shop.shown = dict.fromkeys(world.shop.shown, 4)
    await world.owner.execute("UPDATE stock_setting SET link_due_at = '-infinity'")
    await world.flow().sweep(world.joined.tenant, world.joined.connection)
    told = await world.owner.fetchrow(
        "SELECT facts FROM timeline WHERE kind = 'stock_drift' AND tenant_id = $1", world.joined.tenant
    )
    assert told is not None
    assert '"20"' in told["facts"]
    await world.owner.execute("UPDATE stock_level SET unexplained_at = unexplained_at - interval '1 hour'")
    await world.run()
    assert world.level(1) == 10


async def test_a_hook_has_a_secret_of_its_own_and_an_unknown_address_none(world: StockWorld) -> None:
    await world.live(1)
    flow = world.flow()
    assert await flow.hook(world.joined.connection) is None
    secret = await flow.new_hook(world.joined.tenant, world.joined.connection)
    assert await flow.hook(world.joined.connection) == (world.joined.tenant, secret.encode())
    assert await flow.hook(UUID(int=7)) is None


async def test_an_item_that_a_whole_sweep_has_not_met_is_gone(world: StockWorld) -> None:
    await world.live(4)
    del world.shop.skus["2"]
    await world.owner.execute("UPDATE stock_setting SET link_due_at = '-infinity'")
    await world.flow().sweep(world.joined.tenant, world.joined.connection)
    for table in ("stock_item", "stock_level"):
        left = await world.owner.fetch(f"SELECT item_key FROM {table} WHERE shop_id = $1", world.joined.shop)
        assert {row["item_key"] for row in left} == {"1", "3", "4"}


async def test_the_lines_of_old_plans_are_let_go_and_their_runs_stay(world: StockWorld) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 8
    view = await world.run()
    await world.owner.execute("UPDATE run SET ended_at = now() - interval '40 days' WHERE id = $1", view.id)
    days = timedelta(days=30)
    await upkeep.keep_house(world.database, seen_for=days, bodies_for=days, timeline_for=days)
    assert await world.lines(view) == {}
    assert (await world.flow().run_progress(world.joined.tenant, view.id)).counts.changed == 1


@pytest.mark.parametrize("strange", ["nothing", "half", "zeros"])
async def test_an_approved_plan_asks_again_when_the_erp_has_turned_strange_meanwhile(
    world: StockWorld, strange: str
) -> None:
    world.stocked(20, erp=7)
    await world.set_up()
    view = await world.plan()
    before = dict(world.erp.free)
    kept = {"nothing": [], "half": sorted(before)[:10], "zeros": sorted(before)}[strange]
    world.erp.free = dict.fromkeys(kept, 0 if strange == "zeros" else 7)
    await world.owner.execute("UPDATE run SET started_at = now() - interval '1 hour' WHERE id = $1", view.id)
    asked = await world.approved(view)
    assert (asked.state, asked.needs_approval, asked.approved_by) == (RunState.PLANNED, True, None)
    assert {world.level(n) for n in range(1, 21)} == {10}
    assert world.shop.calls == []
    world.erp.free = before
    again = await world.approved(asked)
    assert again.state is RunState.DONE
    assert {world.level(n) for n in range(1, 21)} == {7}


async def test_a_plan_taken_once_more_is_written_as_it_was_shown_then(world: StockWorld) -> None:
    world.stocked(20, erp=7)
    await world.set_up()
    view = await world.plan()
    world.erp.free = dict.fromkeys(world.erp.free, 0)
    await world.owner.execute("UPDATE run SET started_at = now() - interval '1 hour' WHERE id = $1", view.id)
    asked = await world.approved(view)
    assert asked.concerns == (Concern.ZEROED,)
    assert asked.counts.zeroed == 20
    assert (await world.approved(asked)).state is RunState.DONE
    assert {world.level(n) for n in range(1, 21)} == {0}


async def test_stale_levels_that_would_all_be_emptied_are_asked_for(world: StockWorld) -> None:
    await world.live()
    world.timing = replace(world.timing, stock_fresh=timedelta(0))
    for n in (1, 2, 3):
        world.erp.free[f"SKU-{n:04}"] = 9
    view = await world.plan()

    def strange() -> None:
        world.erp.free = dict.fromkeys(world.erp.free, 0)
        for n in (1, 2, 3):
            world.shop.sell(str(n), 1)

    world.shop.before.append(strange)
    asked = await world.push(view.id)
    assert (asked.state, asked.concerns) == (RunState.PLANNED, (Concern.ZEROED,))
    assert [world.level(n) for n in (1, 2, 3)] == [9, 9, 9]


async def test_a_first_plan_stays_before_the_person_who_reads_it(world: StockWorld) -> None:
    world.stocked(5)
    await world.set_up()
    await due(world)
    await turns(world).due()
    (first,) = await world.flow().runs(world.joined.tenant, world.joined.connection)
    await due(world)
    await turns(world).due()
    assert [run.id for run in await world.flow().runs(world.joined.tenant, world.joined.connection)] == [
        first.id
    ]
    await world.owner.execute(
        "UPDATE run SET started_at = now() - interval '2 hours' WHERE id = $1", first.id
    )
    await due(world)
    await turns(world).due()
    second, old = await world.flow().runs(world.joined.tenant, world.joined.connection)
    assert (old.state, second.state) == (RunState.STOPPED, RunState.PLANNED)
