"""How many orders of one shop are worked on at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from app.domain.ids import StoreKey
from app.models.connections import Connection
from app.ports import Step
from app.sync.sides import Sides
from tests.fakes.items import FakeItems
from tests.fakes.orders import order
from tests.fakes.world import World


@pytest.mark.parametrize(("concurrency", "slots", "expected"), [(2, 40, 4), (16, 12, 3)])
async def test_no_more_orders_run_than_keep_the_erp_busy_and_than_a_quarter_of_the_slots(
    world: World, concurrency: int, slots: int, expected: int
) -> None:
    for n in range(8):
        made = world.store.place(order(key=StoreKey(f"5{n:03}"), name=f"#5{n:03}"))
        await world.hear(made.key)
    now = most = 0
    together, read = asyncio.Event(), world.store.get

    async def counted(key: StoreKey) -> object:
        nonlocal now, most
        now += 1
        most = max(most, now)
        if now == expected:
            together.set()
        await together.wait()
        await asyncio.sleep(0.02)
        now -= 1
        return await read(key)

    patient = replace(world, timing=replace(world.timing, deadline=timedelta(seconds=30)))

    async def narrow(connection: Connection) -> Sides:
        sides = await patient.sides(connection)
        return replace(sides, spec=replace(sides.spec, concurrency=concurrency))

    world.store.get = counted  # type: ignore[method-assign, assignment]
    async with asyncio.timeout(60):
        await patient.drain(replace(patient.worker(slots=slots), open=narrow))
    assert most == expected
    assert await world.owner.fetchval("SELECT count(*) FROM record WHERE state = 'settled'") == 8


async def test_a_catalogue_that_is_due_leaves_orders_their_turns_and_takes_the_rest_of_the_quarter(
    world: World,
) -> None:
    reading, opens = set[str](), asyncio.Event()

    class Catalogue(FakeItems):
        async def get(self, key: str) -> None:
            reading.add(key)
            await opens.wait()

    for n in range(12):
        await world.hear(f"P{n}", kind="product")
    for n in range(5):
        made = world.store.place(order(key=StoreKey(f"5{n:03}"), name=f"#5{n:03}"))
        await world.hear(made.key)
    patience = replace(world.timing, deadline=timedelta(seconds=30))
    stocked = replace(world, items=Catalogue(), products=cast("Any", object()), timing=patience)

    async def narrow(connection: Connection) -> Sides:
        sides = await stocked.sides(connection)
        return replace(sides, spec=replace(sides.spec, concurrency=2))

    draining = asyncio.create_task(stocked.drain(replace(stocked.worker(slots=40), open=narrow)))
    try:
        for _ in range(10_000):
            if await _settled(world) == 5 and len(reading) == 10:
                break
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        assert (await _settled(world), len(reading)) == (5, 10)
    finally:
        opens.set()
        await draining


async def _settled(world: World) -> int:
    count = await world.owner.fetchval(
        "SELECT count(*) FROM record WHERE kind = 'order' AND state = 'settled'"
    )
    return int(count)


async def test_once_its_slice_is_long_over_a_run_stops_between_two_steps_and_goes_on_in_the_next(
    world: World,
) -> None:
    await world.placed(runs=False)
    hurried = replace(world, timing=replace(world.timing, slice_most=timedelta(seconds=0.05)))

    async def slow(step: Step) -> None:
        await asyncio.sleep(0.1)

    world.erp.inside = slow
    while not world.erp.sent:  # the events may take the first slice for themselves
        await hurried.drain(hurried.worker())
    record = await world.record()
    assert (record["state"], record["attempts"]) == ("waiting", 0)
    assert [step.key for step in world.erp.sent] == ["create"]
    for _ in range(10):
        await hurried.drain(hurried.worker())
    assert (await world.record())["state"] == "settled"
    keys = [step.key for step in world.erp.sent]
    assert len(keys) == len(set(keys)) > 1
