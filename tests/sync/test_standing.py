"""How far the ERP has come with a document is read back: noted once, and followed where something is to be done."""

from __future__ import annotations

from app.domain.document_status import Stage
from app.sync.standing import Standing
from tests.fakes.orders import order
from tests.fakes.world import World


async def read(world: World) -> int:
    return await Standing(database=world.database).read(await world.opened())


async def noted(world: World) -> list[str]:
    rows = await world.owner.fetch("SELECT facts FROM timeline WHERE kind = 'erp_status' ORDER BY id")
    return [str(row["facts"]) for row in rows]


async def test_each_stage_of_a_document_is_noted_once(world: World) -> None:
    placed = await world.placed(order())
    key = (await world.record())["external_id"]
    assert placed.name
    assert await read(world) == 0
    world.statuses.tells(key, Stage.ALLOCATED)
    world.statuses.tells(key, Stage.ALLOCATED, Stage.INVOICED)
    await read(world)
    await read(world)
    assert [("allocated" in each, "invoiced" in each) for each in await noted(world)] == [
        (True, False),
        (False, True),
    ]
    assert world.statuses.asked == [None, "0", "2"]
    assert (await world.record())["host_stages"] == "allocated,invoiced"


async def test_what_was_shipped_or_cancelled_is_looked_at_again(world: World) -> None:
    await world.placed(order())
    key = (await world.record())["external_id"]
    await read(world)
    world.statuses.tells(key, Stage.ALLOCATED)
    assert await read(world) == 0
    world.statuses.tells(key, Stage.ALLOCATED, Stage.SHIPPED)
    assert await read(world) == 1
    world.erp.a_person_cancels()
    world.statuses.tells(key, Stage.CANCELLED)
    assert await read(world) == 1
    await world.drain()
    assert await world.state() == ("held", "document.cancelled_in_erp")


async def test_strangers_and_an_erp_that_does_not_tell_change_nothing(world: World) -> None:
    await world.placed(order())
    await read(world)
    world.statuses.tells("order-elsewhere-1", Stage.SHIPPED)
    assert await read(world) == 0
    assert await noted(world) == []
    world.tells_status = False
    assert await read(world) == 0
