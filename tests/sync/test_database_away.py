"""PostgreSQL goes away in the middle of a run: the record is not to blame, and an heir goes on where the evidence ends."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest

from app.models.database import Database, Tx
from app.ports import Fence, Step
from tests.fakes.orders import order
from tests.fakes.world import World

SETTLE = 70.0


@dataclass
class Flaky:
    """The database, until it is told to fail: then the next transaction can't be opened, the one after it can."""

    real: Database
    trouble: Exception | None = None

    def tenant(self, tenant: UUID) -> AbstractAsyncContextManager[Tx]:
        if self.trouble is not None:
            trouble, self.trouble = self.trouble, None
            raise trouble
        return self.real.tenant(tenant)


@pytest.mark.parametrize(
    "trouble",
    [
        ConnectionRefusedError(111, "away"),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.DeadlockDetectedError("deadlock detected"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_run_that_lost_the_database_holds_nothing_and_is_taken_over(
    world: World, trouble: Exception
) -> None:
    world.erp.fence = Fence.NONE
    flaky = Flaky(world.database)
    world.database = flaky  # type: ignore[assignment]

    async def goes_away(step: Step) -> None:
        if step.key == "create" and len(world.erp.sent) == 1:
            flaky.trouble = trouble

    world.erp.inside = goes_away
    world.store.place(order())
    await world.hear()
    with pytest.raises(type(trouble)):
        await world.drain()
    assert (await world.state())[0] == "running"
    assert (await world.effects())["order:1001/create"]["state"] == "sent"
    await world.time_passes(SETTLE)
    await world.drain(world.worker("heir"))
    assert await world.state() == ("settled", None)
    assert len(world.erp.steps("create")) == 1


async def test_a_fault_of_our_own_still_stays_with_its_record(world: World) -> None:
    world.erp.fails_to_look(KeyError("surprise"))
    await world.placed()
    assert await world.state() == ("held", "bug.unexpected")
