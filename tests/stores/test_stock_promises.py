"""What stock must never do, on real servers: raise what held orders have sold, or believe an ERP that has lost its mind."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.domain.stock_guard import Concern
from app.domain.stock_plan import RunState, RunView
from tests.patience import FAR
from tests.stores.test_stock import erp, free, levels, on_shelves, set_up, shop_of, world
from tests.stores.world import Joined

__all__ = ["erp", "world"]


def voided(sku: str) -> dict[str, Any]:
    """An order that waits for a person: its payment was taken back."""
    paid = {"kind": "AUTHORIZATION", "gateway": "shopify_payments"}
    void = {"kind": "VOID", "gateway": "shopify_payments", "parent": "AUTHORIZATION"}
    return {"lines": [{"sku": sku, "quantity": 1, "price": "10.00"}], "transactions": [paid, void]}


async def planned(world: Joined) -> RunView:
    return await world.core.stock("test").plan_stock(world.tenant, world.connection, started_by="test")


async def pushed(world: Joined) -> RunView:
    view = await planned(world)
    assert not view.needs_approval, view.concerns
    return await world.core.stock("test").push(world.tenant, view.id)


@pytest.mark.parametrize("held", [12, pytest.param(50, marks=pytest.mark.long)])
async def test_held_orders_raise_no_sku_when_stock_is_pushed(world: Joined, held: int) -> None:
    await set_up(world)
    before = await levels(world)
    skus = sorted(before)
    wanted = [skus[n % len(skus)] for n in range(held)]
    placed = await shop_of(world).place(*[voided(sku) for sku in wanted])
    async with asyncio.timeout(FAR):
        while any([await world.state(str(order["legacy_id"])) != "held" for order in placed]):
            await world.turn(reconcile=False)
            await asyncio.sleep(0.05)
    expected = {sku: before[sku]["available"] - wanted.count(sku) for sku in skus}
    await on_shelves(world, **{skus[0]: before[skus[0]]["available"] - 3})
    expected[skus[0]] -= 3
    for _ in range(2):
        await pushed(world)
        assert {sku: row["available"] for sku, row in (await levels(world)).items()} == expected
    assert (await free(world))[skus[1]] == before[skus[1]]["available"], "no document holds what is held"


@pytest.mark.parametrize(
    ("says", "concern"),
    [("nothing", Concern.NOTHING_READ), ("half", Concern.FEWER_ROWS), ("zeros", Concern.ZEROED)],
)
async def test_an_erp_that_answers_nothing_half_or_zeros_changes_nothing_and_asks(
    world: Joined, says: str, concern: Concern
) -> None:
    await set_up(world)
    before = await levels(world)
    await world.erp.ask("POST", "/control/silence", {"stock": says})
    try:
        view = await planned(world)
        assert view.needs_approval
        assert concern in view.concerns
        for _ in range(3):
            await world.clock("inventory")
    finally:
        await world.erp.ask("POST", "/control/silence", {"stock": "all"})
    assert {sku: row["available"] for sku, row in (await levels(world)).items()} == {
        sku: row["available"] for sku, row in before.items()
    }
    assert (await pushed(world)).state is RunState.DONE
