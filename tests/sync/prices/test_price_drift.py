"""List prices that somebody changed behind our back are found, every one of them and no other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from app.models import reconciliations
from app.models.reconciliations import FindingRow
from app.sync import comparing
from app.sync.prices import drift
from tests.sync.prices.conftest import PriceWorld


async def nothing() -> None:
    """No time passes."""


async def found(
    world: PriceWorld, wait: Callable[[], Awaitable[None]] = nothing
) -> tuple[UUID, list[FindingRow]]:
    joined = world.joined
    made = await drift.report(
        world.database, world.sides, tenant=joined.tenant, connection=joined.connection, by="test", wait=wait
    )
    async with world.database.tenant(joined.tenant) as tx:
        row = await reconciliations.one(tx, tenant=joined.tenant, report=made)
        assert row is not None
        assert (row.kind, row.state) == ("prices", "done")
        return made, await reconciliations.findings(
            tx, tenant=joined.tenant, report=made, after=None, most=999
        )


async def test_fifty_injected_drifts_of_price_are_found_and_nothing_else(world: PriceWorld) -> None:
    await world.live(400)
    drifted = {f"SKU-{n:04}" for n in range(8, 408, 8)}
    assert len(drifted) == 50
    for sku in drifted:
        world.shop.by_hand(sku[4:], "10.50")
    # A sale is a person's own affair: the list price behind it is the one that was agreed on.
    for n in range(1, 30, 8):
        world.shop.by_hand(f"{n:04}", "7.00", was="10.00")
    _, findings = await found(world)
    assert {each.reference for each in findings} == drifted
    assert len(findings) == 50
    assert {(each.ours, each.theirs) for each in findings} == {("10.00", "10.50")}


async def test_a_price_that_a_write_of_ours_explains_by_then_is_no_drift(world: PriceWorld) -> None:
    await world.live(20)
    world.shop.by_hand("0003", "12.00")

    async def put_back() -> None:
        world.shop.by_hand("0003", "10.00")

    assert (await found(world, put_back))[1] == []


async def test_healing_hurries_the_next_turn_of_prices(world: PriceWorld) -> None:
    await world.live(20)
    world.shop.by_hand("0003", "12.00")
    made, findings = await found(world)
    assert [each.reference for each in findings] == ["SKU-0003"]
    tenant = world.joined.tenant
    await world.owner.execute("UPDATE schedule SET due_at = now() + interval '1 hour' WHERE flow = 'prices'")
    assert await comparing.heal(world.database, tenant=tenant, report=made, by="me") == 1
    assert await world.owner.fetchval(
        "SELECT due_at <= now() FROM schedule WHERE flow = 'prices' AND tenant_id = $1", tenant
    )
    assert await comparing.heal(world.database, tenant=tenant, report=made, by="me") == 0
