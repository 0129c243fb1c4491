"""Who holds a record may write and nobody else: zombies, leases that ran out, workers that are stopped, many at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from app.ports import Fence
from tests.fakes.orders import order
from tests.fakes.world import TIMING, World

SETTLE = 70.0


# --- who may send --------------------------------------------------------------------------------------------------------


async def test_a_zombie_changes_nothing_but_its_evidence_stays(world: World) -> None:
    world.erp.fence = Fence.NONE
    # The zombie's call must not run out while its heir works, however busy the machine is.
    world.timing = replace(TIMING, deadline=timedelta(seconds=5))
    gate = world.erp.holds_one(committed=True)
    world.store.place(order())
    await world.hear()
    zombie = asyncio.create_task(world.drain(world.worker("zombie")))
    await gate.reached.wait()
    await world.time_passes(SETTLE)
    await world.drain(world.worker("heir"))
    assert await world.state() == ("settled", None)
    before, effects = await world.record(), await world.effects()
    gate.opens.set()
    await zombie
    assert await world.record() == before
    assert await world.effects() == effects
    assert (await world.attempts()).count("done") == 2
    assert len(world.erp.real) == 1


async def test_a_zombie_cannot_send_once_an_heir_has_the_record(world: World) -> None:
    reading = world.store.stands_still()
    await world.placed(runs=False)
    zombie = asyncio.create_task(world.drain(world.worker("zombie")))
    await reading.reached.wait()
    await world.time_passes(60)
    await world.drain(world.worker("heir"))
    before, sent = await world.record(), len(world.erp.sent)
    assert before["state"] == "settled"
    reading.opens.set()
    await zombie
    assert len(world.erp.sent) == sent
    assert await world.record() == before


async def test_a_lease_that_ran_out_without_an_heir_sends_nothing_either(world: World) -> None:
    reading = world.store.stands_still()
    await world.placed(runs=False)
    late = asyncio.create_task(world.drain())
    await reading.reached.wait()
    await world.time_passes(60)
    reading.opens.set()
    await late
    assert await world.state() == ("settled", None)
    # The run that had lost its lease sent nothing; the next claim of the record did.
    assert (await world.record())["epoch"] == 2
    assert {row["epoch"] for row in (await world.effects()).values()} == {2}
    assert [row["tries"] for row in (await world.effects()).values()] == [1, 1]


async def test_two_workers_on_one_record_make_one_effect(world: World) -> None:
    world.erp.fence = Fence.NONE
    await world.placed(runs=False)
    await asyncio.gather(*(world.drain(world.worker(f"w{n}")) for n in range(5)))
    assert await world.state() == ("settled", None)
    assert len(world.erp.documents) == 1
    assert [step.key for step in world.erp.sent] == ["create", "payment:t1"]


async def test_many_records_and_workers_make_one_document_each(world: World) -> None:
    world.erp.fence = Fence.NONE
    world.timing = replace(TIMING, deadline=timedelta(seconds=5))
    for n in range(30):
        made = world.store.place(order(key=f"2{n:03}", name=f"#2{n:03}"))
        for _ in range(3):
            await world.hear(made.key)
    while await world.owner.fetchval("SELECT 1 FROM record WHERE due_at <= now() LIMIT 1"):
        await asyncio.gather(*(world.drain(world.worker(f"w{n}")) for n in range(4)))
    assert len(world.erp.documents) == 30
    assert await world.owner.fetchval("SELECT count(*) FROM record WHERE state = 'settled'") == 30
    assert (
        await world.owner.fetchval("SELECT count(*) FROM effect WHERE target = 'host' AND state = 'done'")
        == 60
    )


# --- cancellation ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("committed", [False, True])
async def test_a_worker_stopped_after_sending_leaves_the_effect_sent_and_the_lease_running(
    world: World, committed: bool
) -> None:
    world.erp.fence = Fence.NONE
    gate = world.erp.holds_one(committed=committed)
    world.store.place(order())
    await world.hear()
    stopped = asyncio.create_task(world.drain())
    await gate.reached.wait()
    stopped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopped
    row, effect = await world.record(), (await world.effects())["order:1001/create"]
    assert (row["state"], effect["state"]) == ("running", "sent")
    assert row["lease_until"] > effect["deadline_at"]
    assert await world.attempts() == []
    await world.drain(world.worker("two"))
    assert len(world.erp.sent) == 1
    await world.time_passes(SETTLE)
    await world.drain(world.worker("two"))
    assert await world.state() == ("settled", None)
    assert (len(world.erp.real), len(world.erp.steps("create"))) == (1, 1 if committed else 2)


async def test_a_worker_stopped_before_sending_gives_the_record_back_at_once(world: World) -> None:
    world.store.place(order())
    await world.hear()
    reading = world.store.stands_still()
    stopped = asyncio.create_task(world.drain())
    await reading.reached.wait()
    stopped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopped
    row = await world.record()
    assert (row["state"], row["lease_owner"], row["lease_until"]) == ("waiting", None, None)
    await world.drain(world.worker("two"))
    assert await world.state() == ("settled", None)
