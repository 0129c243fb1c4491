"""Every stored event replayed against a real ERP process and the simulated Shopify: not one document is new."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from app.models.events import Chosen
from app.operations import back_fill, replays, tasks
from app.ports import Span
from app.wiring import utc_now
from tests.patience import FAR
from tests.stores.rig import Placed
from tests.stores.shopify_rig import ShopifyUnderTest
from tests.stores.test_engine import Ground, erp, ground, owner, simulated_shop
from tests.stores.world import Joined, web

__all__ = ["erp", "ground", "owner", "simulated_shop"]

_PLACED = 6


async def over(world: Joined, run: UUID) -> dict[str, int]:
    """What a worker does, until the run is over; what it counted."""
    carrying = asyncio.create_task(world.work.tasks_due())
    try:
        async with asyncio.timeout(FAR):
            while True:
                await world.work.drain(world.tenant, world.shop)
                view = await tasks.view(world.core, world.tenant, run)
                if view.ended_at is not None:
                    assert view.state.value == "done", view.sentence
                    return dict(view.tallies)
                if view.needs_approval:
                    return dict(view.tallies)
                await asyncio.sleep(0.05)
    finally:
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)


async def counted(world: Joined, placed: Sequence[Placed]) -> tuple[int, int]:
    """Documents in the real ERP, and writes to it that we know of."""
    documents = sum([len(await world.booked(order)) for order in placed])
    return documents, int(await world.owner.fetchval("SELECT count(*) FROM attempt"))


async def test_replaying_every_stored_event_makes_no_new_document_and_sends_nothing(
    simulated_shop: ShopifyUnderTest, ground: Ground
) -> None:
    under = simulated_shop
    async with ground.joined(under) as world, web(world.core) as address:
        await under.send_events_to(address)
        placed = await under.place(_PLACED)
        for order in placed:
            await world.work_until(order.key, "settled", reconcile=False)
        await under.touch(placed[0].key)
        before = await counted(world, placed)
        assert before[0] == _PLACED
        now = utc_now()
        connection = await world.found()
        chosen = Chosen(
            domain=connection.domain, since=now - timedelta(days=1), until=now + timedelta(minutes=1)
        )
        page = await replays.dry(world.core, connection, chosen, mapping=None, after=None, most=50)
        assert page.count >= _PLACED
        assert {each.action for each in page.records} == {"nothing"}
        run = await replays.start(world.core, connection, chosen, mapping=None, by="test")
        counts = await over(world, run)
        assert counts["raised"] >= _PLACED
        assert counts["found"] == counts["read"] >= _PLACED
        assert await counted(world, placed) == before
        await under.send_events_to(None)


async def test_orders_that_no_event_told_of_are_back_filled_in_the_lowest_lane_with_their_cost(
    simulated_shop: ShopifyUnderTest, ground: Ground
) -> None:
    under = simulated_shop
    async with ground.joined(under) as world:
        placed = await under.place(3)
        span = Span(since=utc_now() - timedelta(hours=1), until=utc_now() + timedelta(minutes=1))
        run = await back_fill.start(world.core, await world.found(), span, by="test")
        counts = await over(world, run)
        assert counts["settled"] >= len(placed)
        for order in placed:
            assert len(await world.booked(order)) == 1
        spent = await world.owner.fetchrow("SELECT calls, points, started_by FROM run WHERE id = $1", run)
        assert spent is not None
        assert (spent["calls"] >= 2, spent["points"] >= 2, spent["started_by"]) == (True, True, "test")
