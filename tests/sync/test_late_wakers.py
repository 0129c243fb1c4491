"""Processes that stood still at a bad moment: nothing they do on waking may count twice or show something old."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from app import steps
from app.ports import Fence
from tests.fakes.orders import order
from tests.fakes.world import TIMING, World

DEADLINE = timedelta(seconds=1.5)
SETTLE = 70.0


class Standstill:
    """Stops the first run that comes to a step, until it is let go."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._taken = False
        self.reached, self.goes = asyncio.Event(), asyncio.Event()

    async def __call__(self, name: str) -> None:
        if name == self._name and not self._taken:
            self._taken = True
            self.reached.set()
            await self.goes.wait()


@pytest.fixture(autouse=True)
def _free_steps_afterwards() -> Iterator[None]:
    yield
    steps.install(None)


async def test_who_wakes_after_the_deadline_between_commit_and_first_byte_sends_nothing(world: World) -> None:
    """An heir has waited out the settle time and sent: without a fence a late first byte is a second document."""
    world.timing = replace(TIMING, deadline=DEADLINE)
    world.erp.fence = Fence.NONE
    still = Standstill("order.sent")
    steps.install(still)
    world.store.place(order())
    await world.hear()
    zombie = asyncio.create_task(world.drain(world.worker("zombie")))
    await still.reached.wait()
    await asyncio.sleep(DEADLINE.total_seconds() + 0.05)
    await world.time_passes(SETTLE)
    await world.drain(world.worker("heir"))
    assert await world.state() == ("settled", None)
    still.goes.set()
    await zombie
    assert len(world.erp.steps("create")) == 1
    assert len(world.erp.real) == 1


async def test_who_wakes_late_without_an_heir_says_so_again_before_it_sends(world: World) -> None:
    """What it committed then would let an heir count from too early."""
    world.timing = replace(TIMING, deadline=DEADLINE)
    world.erp.fence = Fence.NONE
    still = Standstill("order.sent")
    steps.install(still)
    world.store.place(order())
    await world.hear()
    late = asyncio.create_task(world.drain())
    await still.reached.wait()
    first = (await world.effects())["order:1001/create"]
    await asyncio.sleep(DEADLINE.total_seconds() + 0.05)
    still.goes.set()
    await late
    again = (await world.effects())["order:1001/create"]
    assert again["settle_at"] > first["settle_at"]
    assert (again["tries"], len(world.erp.steps("create"))) == (2, 1)
    assert await world.state() == ("settled", None)


async def test_a_note_shows_how_the_last_run_ended_though_another_is_under_way(world: World) -> None:
    await world.placed(runs=False)
    drain, sides = world.worker(), await world.opened()
    await drain.running.work(
        world.joined.tenant, world.joined.shop, {world.joined.connection: sides}, lambda: False
    )
    await world.hear()
    assert len(await world.claim("other")) == 1
    await drain.marking.write(sides, "order")
    assert [note.state for note in world.marks.notes.values()] == ["settled"]
