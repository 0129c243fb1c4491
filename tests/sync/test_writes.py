"""The switch “no outgoing writes”: nothing leaves while it is on, and nothing is lost or marked failed for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.ids import StoreKey
from app.models import connections, marks
from app.models.connections import Connection
from app.operations import switching
from app.ports import Step
from app.sync.sides import Sides
from tests.fakes import erp
from tests.fakes.orders import order
from tests.fakes.world import World


async def throw(world: World, *, writes: bool) -> None:
    """By hand, as `connectionUpdate` does."""
    async with world.database.tenant(world.joined.tenant) as tx:
        found = await connections.one(tx, tenant=world.joined.tenant, connection=world.joined.connection)
        assert found is not None
        await switching.switch(tx, found, writes=writes)


async def test_what_would_be_sent_waits_and_goes_on_by_itself(world: World) -> None:
    await throw(world, writes=False)
    await world.placed()
    assert await world.state() == ("waiting", "connection.no_writes")
    assert (world.erp.sent, world.marks.calls, await world.effects()) == ([], [], {})
    row = await world.record()
    assert (row["attempts"], row["failing_since"], row["due_at"]) == (0, None, None)
    assert await world.told_of() == ["read", "waiting"]
    await throw(world, writes=True)
    await world.drain()
    assert await world.state() == ("settled", None)
    assert [step.key for step in world.erp.sent] == ["create", "payment:t1"]


async def test_an_event_meanwhile_is_read_and_nothing_is_sent_for_it_either(world: World) -> None:
    await throw(world, writes=False)
    await world.placed()
    world.store.change("1001", note="again")
    await world.hear()
    await world.drain()
    assert (await world.state(), world.erp.sent) == (("waiting", "connection.no_writes"), [])


async def test_an_order_that_is_settled_already_stays_so(world: World) -> None:
    await world.placed()
    await throw(world, writes=False)
    await world.ask()
    await world.drain()
    assert await world.state() == ("settled", None)


async def test_the_switch_is_asked_in_the_commit_and_not_when_the_drain_began(world: World) -> None:
    """Whoever opened the connection before it was thrown has an older picture of it."""
    open_, thrown = world.sides, False

    async def sides(connection: Connection) -> Sides:
        nonlocal thrown
        made = await open_(connection)
        if not thrown:
            thrown = True
            await throw(world, writes=False)
        return made

    world.sides = sides  # type: ignore[method-assign]
    await world.placed()
    assert (await world.state(), world.erp.sent) == (("waiting", "connection.no_writes"), [])
    assert "sending" not in await world.told_of()
    await throw(world, writes=True)
    await world.drain()
    assert await world.state() == ("settled", None)


async def test_a_run_that_ends_after_the_switch_is_off_again_does_not_sleep(world: World) -> None:
    open_ = world.sides

    async def sides(connection: Connection) -> Sides:
        return await open_(replace(connection, no_writes=True))

    world.sides = sides  # type: ignore[method-assign]
    world.store.place(order())
    await world.hear()
    (claim,) = await world.claim()
    running = world.worker().running
    await running._run(claim, await sides(await _found(world)), lambda: False)
    row = await world.record()
    assert row["state"] == "waiting"
    assert row["due_at"] <= datetime.now(UTC) + timedelta(seconds=1)


async def test_between_two_steps_the_rest_waits_and_is_sent_later(world: World) -> None:
    async def inside(_: Step) -> None:
        world.erp.inside = None
        await throw(world, writes=False)

    world.erp.inside = inside
    await world.placed()
    before = len(world.erp.sent)
    await throw(world, writes=True)
    await world.drain()
    assert await world.state() == ("settled", None)
    assert len({step.key for step in world.erp.sent}) == len(world.erp.sent) >= before


async def test_a_call_whose_answer_was_lost_is_not_repeated_while_the_switch_is_on(world: World) -> None:
    world.hurries()
    world.erp.will(erp.hangs)
    await world.placed()
    await throw(world, writes=False)
    await world.time_passes(4000)
    await world.drain()
    assert len(world.erp.sent) == 1
    assert await world.state() == ("waiting", "connection.no_writes")
    await throw(world, writes=True)
    await world.drain()
    assert await world.state() == ("settled", None)


async def test_notes_of_the_store_wait_with_everything_else(world: World) -> None:
    world.store.place(order())
    await world.hear()
    (claim,) = await world.claim()
    await world.worker().running._run(claim, await world.opened(), lambda: False)
    await throw(world, writes=False)
    at: dict[str, Any] = {"tenant": world.joined.tenant, "connection": world.joined.connection}
    async with world.database.tenant(world.joined.tenant) as tx:
        assert await marks.take(tx, **at, kind="order", most=25, lease=timedelta(seconds=5)) == []
    await throw(world, writes=True)
    await world.drain()
    assert [mark.key for call in world.marks.calls for mark in call] == ["1001"]


async def test_both_ways_of_the_switch_stand_in_the_timeline_with_what_they_woke(world: World) -> None:
    await throw(world, writes=False)
    await throw(world, writes=False)
    for key in ("1001", "1002"):
        await world.placed(order(key=StoreKey(key), name=f"#{key}"))
    await throw(world, writes=True)
    rows = await world.owner.fetch(
        "SELECT kind, code, facts FROM timeline WHERE record_id IS NULL AND kind LIKE 'writes_%' ORDER BY id"
    )
    assert [(row["kind"], row["code"]) for row in rows] == [
        ("writes_off", "connection.no_writes"),
        ("writes_on", None),
    ]
    assert '"2"' in rows[1]["facts"]


@pytest.mark.parametrize("flow", ["inventory", "prices"])
async def test_turns_that_were_missed_come_at_once(world: World, flow: str) -> None:
    await world.owner.execute(
        "INSERT INTO schedule (tenant_id, connection_id, flow, due_at) VALUES ($1, $2, $3, now() + interval '1 hour')",
        world.joined.tenant, world.joined.connection, flow,
    )  # fmt: skip
    await throw(world, writes=False)
    await throw(world, writes=True)
    due = await world.owner.fetchval("SELECT due_at <= now() FROM schedule WHERE flow = $1", flow)
    assert due


# --- practice ------------------------------------------------------------------------------------------------------


async def test_a_practice_connection_writes_to_its_erp_and_never_to_the_shop(world: World) -> None:
    await world.set(practice=True)
    await world.placed()
    assert await world.state() == ("settled", None)
    assert world.erp.sent
    await world.time_passes(30)
    await world.drain()
    assert world.marks.calls == []
    assert (await world.record())["mark_due_at"] is None


async def _found(world: World) -> Connection:
    async with world.database.tenant(world.joined.tenant) as tx:
        found = await connections.one(tx, tenant=world.joined.tenant, connection=world.joined.connection)
    assert found is not None
    return found
