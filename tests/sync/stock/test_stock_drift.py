"""Levels that somebody changed behind our back are found, every one of them and no other, and put right by the next turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.domain.inventory import LevelSeen
from app.errors import Retry
from app.models import reconciliations, stock_levels
from app.models.reconciliations import FindingRow
from app.sync import comparing
from app.sync.stock import drift
from tests.fakes.stock import key
from tests.sync.stock.conftest import StockWorld


async def nothing() -> None:
    """No time passes."""


async def found(
    world: StockWorld, wait: Callable[[], Awaitable[None]] = nothing
) -> tuple[str, list[FindingRow]]:
    made = await drift.report(
        world.database,
        world.sides,
        tenant=world.joined.tenant,
        connection=world.joined.connection,
        by="test",
        wait=wait,
    )
    async with world.database.tenant(world.joined.tenant) as tx:
        row = await reconciliations.one(tx, tenant=world.joined.tenant, report=made)
        assert row is not None
        assert row.state == "done"
        findings = await reconciliations.findings(
            tx, tenant=world.joined.tenant, report=made, after=None, most=999
        )
    return str(made), findings


async def event(world: StockWorld, item: int) -> None:
    """The store's event about a level comes in."""
    seen = LevelSeen(key=key(item), available=world.level(item), at=datetime.now(UTC))
    async with world.database.tenant(world.joined.tenant) as tx:
        await stock_levels.fold(
            tx,
            tenant=world.joined.tenant,
            shop=world.joined.shop,
            seen=[seen],
            read=False,
            trust=timedelta(minutes=45),
        )


async def test_fifty_injected_drifts_are_found_and_nothing_else(world: StockWorld) -> None:
    await world.live(600)
    drifted = {f"SKU-{n:04}" for n in range(7, 600, 12)} | {"SKU-0600"}
    assert len(drifted) == 51
    drifted.discard("SKU-0007")
    for sku in drifted:
        world.shop.shown[key(int(sku[4:]))] += 3
    # Sales whose events are on their way are none.
    for n in range(1, 30, 2):
        if f"SKU-{n:04}" not in drifted:
            world.shop.shown[key(n)] -= 1

    async def events_come() -> None:
        for n in range(1, 30, 2):
            if f"SKU-{n:04}" not in drifted:
                await event(world, n)

    _, findings = await found(world, events_come)
    assert {each.reference for each in findings} == drifted
    assert len(findings) == 50
    assert {(each.ours, each.theirs) for each in findings} == {("10", "13")}
    assert (await found(world))[1] == []


async def test_healing_hurries_the_next_turn_which_puts_the_levels_right(world: StockWorld) -> None:
    await world.live(20)
    world.shop.shown[key(5)] = 99
    made, findings = await found(world)
    assert [each.reference for each in findings] == ["SKU-0005"]
    await world.owner.execute(
        "UPDATE schedule SET due_at = now() + interval '1 hour' WHERE flow = 'inventory'"
    )
    assert await comparing.heal(world.database, tenant=world.joined.tenant, report=UUID(made), by="me") == 1
    assert await world.owner.fetchval(
        "SELECT due_at <= now() FROM schedule WHERE flow = 'inventory' AND tenant_id = $1",
        world.joined.tenant,
    )
    await world.run()
    assert world.level(5) == 10


async def test_a_level_that_is_being_written_is_not_judged(world: StockWorld) -> None:
    world.stocked(5, erp=10, shop=7)
    await world.set_up()
    await world.run()
    await world.owner.execute(
        "UPDATE stock_line SET state = 'sent' WHERE tenant_id = $1 AND item_key = '3'", world.joined.tenant
    )
    world.shop.shown[key(3)] = 1
    assert (await found(world))[1] == []


async def test_a_store_that_does_not_answer_fails_the_report(world: StockWorld) -> None:
    await world.live(5)
    world.shop.shown[key(3)] = 1

    async def away() -> None:
        raise Retry("shopify.away", "Not now.")

    with pytest.raises(Retry):
        await found(world, away)
    rows = await world.owner.fetch(
        "SELECT state, code FROM reconciliation WHERE tenant_id = $1", world.joined.tenant
    )
    assert [tuple(row) for row in rows] == [("failed", "shopify.away")]
