"""The refunds of a plan: every kind, laid over orders that stay what they are, and the store plays all of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from sandbox.plan import make_plan
from sandbox.plan_refunds import REFUNDS
from tests.sandbox.refund_words import SIDES, amount, amounts, explained, refunded


def test_the_orders_of_a_seed_stay_the_same_with_refunds_laid_over_them() -> None:
    plain, over = make_plan(7, 120, 50), make_plan(7, 120, 50, flows=["refunds"])
    bare = [
        replace(order, refund=None, acts=tuple(a for a in order.acts if a.get("wave", 1) < 3))
        for order in over.orders
    ]
    assert bare == plain.orders
    assert over == make_plan(7, 120, 50, flows=["refunds"])
    assert all("refund" not in order.shown() for order in plain.orders)


@pytest.mark.parametrize("seed", [0, 7, 11])
def test_every_kind_of_refund_is_there_and_most_orders_have_none(seed: int) -> None:
    orders = make_plan(seed, 150, 50, flows=["refunds"]).orders
    kinds = Counter(order.refund for order in orders if order.refund)
    assert set(kinds) == set(REFUNDS)
    assert sum(kinds.values()) < 0.5 * len(orders)
    assert all(order.end == "settled" for order in orders if order.refund)


@pytest.mark.parametrize("orders", [1, 5, 40])
def test_a_small_plan_has_refunds_as_far_as_its_orders_go(orders: int) -> None:
    over = make_plan(1, orders, 2, flows=["refunds"])
    assert sum(order.refund is not None for order in over.orders) <= orders


def test_a_flow_without_acts_is_refused() -> None:
    with pytest.raises(ValueError, match="no acts are planned for prices"):
        make_plan(1, 5, 2, flows=["prices"])


async def test_the_store_plays_every_planned_refund_and_all_of_it_adds_up(store: Any) -> None:
    store.shop = "plan.myshopify.com"
    wanted = {"orders": 120, "skus": 30, "seed": 7, "installed": True, "flows": ["refunds"]}
    plan = await store.control("POST", "/plan", shop=store.shop, **wanted)
    assert plan["waves"] == [1, 2, 3, 4]
    await store.control("PATCH", f"/shops/{store.shop}", bucket={"maximum": 100_000, "restore_rate": 10_000})
    for wave in plan["waves"]:
        await store.control("POST", f"/plan/{store.shop}/waves/{wave}")
    store.token = (await store.exchange()).json()["access_token"]
    known = {o["ref"]: o for o in (await store.control("GET", f"/shops/{store.shop}/orders"))["orders"]}
    planned = [entry for entry in plan["orders"] if entry.get("refund")]
    assert {entry["refund"] for entry in planned} == set(REFUNDS)
    for entry in planned:
        order = await refunded(store, known[entry["ref"]])
        assert len(order["refunds"]) == len(known[entry["ref"]]["refunds"]) == entry["refunds"]
        for side in SIDES:
            assert amounts(order["refunds"], "totalRefundedSet", side) == amount(
                order["totalRefundedSet"], side
            )
            assert amount(order["netPaymentSet"], side) >= 0
        if entry["refund"].startswith(("exchanged", "cancelled_unpaid")) or entry["kind"].startswith(
            "pos_cash"
        ):
            continue
        for refund in order["refunds"]:
            for side in SIDES:
                worth = explained(refund, side, taxes_included=order["taxesIncluded"])
                assert worth == amount(refund["totalRefundedSet"], side), (entry, refund)
