"""What an order takes from stock is kept before the ERP is told of the order, and follows the order afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.steps import points
from tests.fakes.orders import order
from tests.fakes.world import World


async def kept(world: World) -> dict[str, int]:
    rows = await world.owner.fetch("SELECT sku, quantity FROM demand_line ORDER BY sku")
    return {row["sku"]: row["quantity"] for row in rows}


async def test_an_orders_units_are_known_before_the_erp_is(world: World) -> None:
    seen: list[dict[str, int]] = []

    async def barrier(name: str) -> None:
        if name == "order.sent":
            seen.append(await kept(world))

    points.install(barrier)
    try:
        placed = await world.placed()
    finally:
        points.install(None)
    expected = {line.sku.casefold(): line.current_quantity for line in placed.lines if line.sku}
    assert expected
    assert seen[0] == expected == await kept(world)


async def test_an_order_cancelled_before_it_was_sent_takes_nothing(world: World) -> None:
    await world.placed(replace(order(), cancelled_at=datetime.now(UTC)))
    assert await kept(world) == {}
    assert (await world.record())["units_at"] is not None


@pytest.mark.parametrize("left", [0, 1])
async def test_units_follow_what_is_left_of_the_order(world: World, left: int) -> None:
    placed = await world.placed()
    changed = replace(
        placed,
        updated_at=datetime.now(UTC),
        lines=tuple(replace(line, current_quantity=left) for line in placed.lines),
    )
    world.store.place(changed)
    await world.hear(changed.key, version=changed.updated_at)
    await world.drain()
    skus = {line.sku.casefold() for line in placed.lines if line.sku}
    assert await kept(world) == (dict.fromkeys(skus, left) if left else {})
