"""Back-fill: counted first, approved where it reaches before go-live, newest first, and resumed where a worker died."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from app.domain.ids import StoreKey
from app.domain.stock_plan import RunState
from app.errors import Reason, Retry
from app.models import runs
from app.ports import Span
from app.sync.back_filling import BackFilling, Checkpoint, split
from app.sync.feeding import Pace
from app.sync.tasks import Tasks
from tests.fakes.orders import order
from tests.fakes.store import minutes_ago
from tests.fakes.world import World
from tests.patience import FAR

LEASE = timedelta(seconds=30)


async def unpoked(tenant: UUID, shop: UUID) -> None:
    """Nobody listens."""


async def unpaused(tenant: UUID, connection: UUID, reason: Reason) -> None:
    """A pause nobody looks at."""


def tasks(world: World, *, lease: timedelta = LEASE, window: int = 50) -> Tasks:
    return Tasks(
        database=world.database,
        carriers={"backfill": BackFilling(database=world.database)},
        open=world.sides,
        poke=unpoked,
        pause=unpaused,
        lease=lease,
        pace=Pace(window=window, look=0.02),
    )


async def begun(world: World, *, hours: float = 24, **more: str) -> UUID:
    run, now = uuid4(), datetime.now(UTC)
    async with world.database.tenant(world.joined.tenant) as tx:
        await runs.begin(
            tx, tenant=world.joined.tenant, run=run, connection=world.joined.connection, flow="orders",
            kind="backfill", started_by="me",
            request={"since": (now - timedelta(hours=hours)).isoformat(), "until": now.isoformat(), **more},
        )  # fmt: skip
    return run


async def row(world: World, run: UUID) -> dict[str, Any]:
    found = await world.owner.fetchrow(
        "SELECT state, concerns, checkpoint, code, counts->>'found' AS found, counts->>'linked' AS linked,"
        " counts->>'raised' AS raised, counts->>'settled' AS settled, counts->>'before_go_live' AS older FROM run WHERE id = $1",
        run,
    )
    assert found is not None
    return dict(found)


async def carried(world: World, *, until: str = "done") -> None:
    """A worker carries the run on while another one drains."""

    async def drains() -> None:
        while True:
            await world.drain()
            await asyncio.sleep(0.05)

    draining = asyncio.create_task(drains())
    try:
        async with asyncio.timeout(FAR):
            await tasks(world).due()
    finally:
        draining.cancel()
        await asyncio.gather(draining, return_exceptions=True)


def placed(world: World, count: int, *, first: int = 1001, minutes: float = 60) -> None:
    for n in range(first, first + count):
        world.store.place(order(key=StoreKey(str(n)), name=f"#{n}"), at=minutes_ago(minutes + n - first))


async def test_orders_that_nobody_heard_of_are_counted_and_sent(world: World) -> None:
    placed(world, 5)
    await world.placed(order(key=StoreKey("1001"), name="#1001"))
    run = await begun(world)
    await carried(world)
    found = await row(world, run)
    assert (found["state"], found["found"], found["linked"], found["raised"]) == ("done", "5", "1", "4")
    assert len(world.erp.documents) == 5
    assert found["settled"] == "4"


async def test_nothing_older_than_the_go_live_is_sent_before_a_person_approved_it(world: World) -> None:
    placed(world, 3)
    placed(world, 2, first=2001, minutes=300)
    await world.set(go_live_at=minutes_ago(200))
    run = await begun(world)
    await carried(world)
    found = await row(world, run)
    assert (found["state"], found["concerns"], found["older"]) == ("planned", ["before_go_live"], "2")
    assert world.erp.documents == []
    async with world.database.tenant(world.joined.tenant) as tx:
        assert await runs.approve(tx, tenant=world.joined.tenant, run=run, by="me")
        assert not await runs.approve(tx, tenant=world.joined.tenant, run=run, by="me")
    await carried(world)
    assert (await row(world, run))["state"] == "done"
    assert len(world.erp.documents) == 5


async def test_who_asked_to_see_the_count_first_is_shown_it_and_sends_by_a_second_word(world: World) -> None:
    placed(world, 3)
    await world.set(go_live_at=minutes_ago(200))
    run = await begun(world, ask="yes")
    await carried(world)
    found = await row(world, run)
    assert (found["state"], found["concerns"], found["found"]) == ("planned", ["asked"], "3")
    assert world.erp.documents == []
    async with world.database.tenant(world.joined.tenant) as tx:
        assert await runs.approve(tx, tenant=world.joined.tenant, run=run, by="me")
    await carried(world)
    assert (await row(world, run))["state"] == "done"
    assert len(world.erp.documents) == 3


async def test_an_order_that_was_left_out_for_its_age_is_sent_once_it_is_approved(world: World) -> None:
    await world.set(go_live_at=minutes_ago(10))
    world.store.place(order(), at=minutes_ago(60))
    await world.hear(version=world.store.now("1001").updated_at)
    await world.drain()
    assert await world.state() == ("skipped", "order.before_go_live")
    run = await begun(world)
    await carried(world)
    async with world.database.tenant(world.joined.tenant) as tx:
        await runs.approve(tx, tenant=world.joined.tenant, run=run, by="me")
    await carried(world)
    assert await world.state() == ("settled", None)
    assert len(world.erp.documents) == 1


async def test_a_worker_that_dies_leaves_a_checkpoint_and_its_heir_sends_the_rest_once(world: World) -> None:
    placed(world, 9)
    run = await begun(world)
    died = asyncio.Event()

    async def dies(page: int) -> None:
        # The first list is only counted; the worker dies in the second, after two of its pages.
        if (await row(world, run))["found"] and page == 2:
            died.set()
            await asyncio.sleep(3_600)

    world.store.on_page = dies
    dead = asyncio.create_task(carried(world))
    await died.wait()
    before = await row(world, run)
    assert before["checkpoint"] is not None
    assert before["raised"] == "4"
    dead.cancel()
    await asyncio.gather(dead, return_exceptions=True)
    world.store.on_page = None
    await world.owner.execute("UPDATE run SET lease_until = now() - interval '1 second'")
    await carried(world)
    after = await row(world, run)
    assert (after["state"], after["raised"], after["settled"]) == ("done", "9", "9")
    assert len(world.erp.documents) == 9
    assert set(await world.attempts()) == {"done"}


async def test_of_two_workers_one_carries_a_run_and_a_zombie_stores_nothing(world: World) -> None:
    run = await begun(world)
    async with world.database.tenant(world.joined.tenant) as tx:
        zombie = await runs.claim(tx, tenant=world.joined.tenant, run=run, lease=timedelta(0))
        assert zombie is not None
    async with world.database.tenant(world.joined.tenant) as tx:
        heir = await runs.claim(tx, tenant=world.joined.tenant, run=run, lease=LEASE)
        assert heir is not None
    async with world.database.tenant(world.joined.tenant) as tx:
        assert await runs.claim(tx, tenant=world.joined.tenant, run=run, lease=LEASE) is None
        assert not await runs.advance(tx, zombie, lease=LEASE, counts={"raised": 7})
        assert await runs.advance(tx, heir, lease=LEASE, counts={"raised": 1})
    assert (await row(world, run))["raised"] == "1"


async def test_live_orders_never_wait_behind_more_than_a_window(
    world: World,
) -> None:
    placed(world, 12)
    run = await begun(world)
    carrying = asyncio.create_task(tasks(world, window=4).due())
    try:
        most = looks = 0
        while looks < 40 or not most:
            looks += 1
            await asyncio.sleep(0.02)
            due = await world.owner.fetchval("SELECT count(*) FROM record WHERE due_at <= now()")
            most = max(most, due)
        assert 0 < most <= 6
        lanes = await world.owner.fetch("SELECT low, run_id FROM record")
        assert {(each["low"], each["run_id"]) for each in lanes} == {(True, run)}
    finally:
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)
    # What a customer does meanwhile goes first again.
    key = await world.owner.fetchval("SELECT source_key FROM record LIMIT 1")
    world.store.touch(key)
    await world.hear(key, version=world.store.now(key).updated_at)
    assert not await world.owner.fetchval("SELECT low FROM record WHERE source_key = $1", key)


async def test_what_the_store_says_against_it_leaves_the_run_where_it_is(world: World) -> None:
    placed(world, 2)
    run = await begun(world)

    async def away(page: int) -> None:
        raise Retry("connection.refused", "The shop is away.")

    world.store.on_page = away
    await tasks(world).due()
    assert (await row(world, run))["state"] == "running"
    assert await runs.to_do(world.database, most=5) == []
    world.store.on_page = None
    await world.owner.execute("UPDATE run SET lease_until = now() - interval '1 second'")
    await carried(world)
    assert (await row(world, run))["state"] == "done"


async def test_a_run_of_which_nothing_moves_leaves_its_place_and_goes_on_where_it_stood(world: World) -> None:
    placed(world, 6)
    run = await begun(world)
    waiting = replace(tasks(world, window=2), pace=Pace(window=2, look=0.02, patience=0.1))
    async with asyncio.timeout(FAR):
        await waiting.due()
    found = await row(world, run)
    assert (found["state"], found["code"]) == ("running", None)
    assert await runs.to_do(world.database, most=5) == []
    later = await world.owner.fetchval("SELECT lease_until - now() FROM run WHERE id = $1", run)
    assert timedelta(seconds=5) < later <= timedelta(seconds=15)
    await world.owner.execute("UPDATE run SET lease_until = now() - interval '1 second'")
    await carried(world)
    assert (await row(world, run))["raised"] == "6"


async def test_a_run_against_the_owner_of_the_orders_fails_and_says_so(world: World) -> None:
    placed(world, 2)
    run = await begun(world)
    await world.set(owners='{"orders": "host"}')
    await tasks(world).due()
    found = await row(world, run)
    assert (found["state"], found["code"]) == ("failed", "owner.refused")
    assert (world.erp.documents, (await world.connection())["state"]) == ([], "live")


async def test_a_run_that_was_stopped_makes_nothing_more_due(world: World) -> None:
    placed(world, 3)
    run = await begun(world)
    async with world.database.tenant(world.joined.tenant) as tx:
        assert await runs.end(tx, tenant=world.joined.tenant, run=run, state=RunState.STOPPED)
    await carried(world)
    assert await world.owner.fetchval("SELECT count(*) FROM record") == 0


async def test_a_stopped_flow_keeps_its_runs_waiting(world: World) -> None:
    await begun(world)
    await world.owner.execute("UPDATE schedule SET stopped_at = now() WHERE flow = 'orders'")
    assert await runs.to_do(world.database, most=5) == []


def test_a_range_is_cut_at_the_go_live_the_newest_part_first() -> None:
    a, b, c = (datetime(2026, 1, n, tzinfo=UTC) for n in (1, 2, 3))
    assert split(Span(since=a, until=c), b) == [
        (Span(since=b, until=c), False),
        (Span(since=a, until=b), True),
    ]
    assert split(Span(since=b, until=c), a) == [(Span(since=b, until=c), False)]
    assert split(Span(since=a, until=b), c) == [(Span(since=a, until=b), True)]
    assert split(Span(since=a, until=b), None) == [(Span(since=a, until=b), True)]


def test_a_checkpoint_is_read_back_as_it_was_written() -> None:
    at = Checkpoint(part=1, oldest=datetime(2026, 1, 1, 12, 30, tzinfo=UTC))
    assert Checkpoint.of(str(at)) == at
    assert Checkpoint.of("1/") == Checkpoint(part=1, oldest=None)
    assert Checkpoint.of(None) == Checkpoint()
