"""The seeded plan: the same for a seed, every kind in it, consistent with what the store then shows."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sandbox.plan import ALL_KINDS_FROM, make_plan
from sandbox.plan_edits import EDITS
from sandbox.plan_exceptions import EDITED, UNSETTLED
from sandbox.plan_kinds import SETTLED

QUERIES = Path(__file__).resolve().parents[2] / "app" / "shopify" / "queries"
BOTH = "{ shopMoney { amount } presentmentMoney { amount } }"
PARTS = f"""query Parts($id: ID!) {{ order(id: $id) {{ taxesIncluded totalPriceSet {BOTH} totalTaxSet {BOTH}
    totalTipReceivedSet {BOTH} originalTotalDutiesSet {BOTH} totalDiscountsSet {BOTH} subtotalPriceSet {BOTH}
    totalShippingPriceSet {BOTH} totalReceivedSet {BOTH} totalOutstandingSet {BOTH} displayFinancialStatus
    additionalFees {{ price {BOTH} }}
    lineItems(first: 250) {{ nodes {{ quantity originalUnitPriceSet {BOTH} originalTotalSet {BOTH}
      discountAllocations {{ allocatedAmountSet {BOTH} }} taxLines {{ priceSet {BOTH} }} duties {{ price {BOTH} }} }} }}
    shippingLines(first: 9) {{ nodes {{ originalPriceSet {BOTH} discountAllocations {{ allocatedAmountSet {BOTH} }}
      taxLines {{ priceSet {BOTH} }} }} }} }} }}"""


def test_a_seed_repeats_its_plan_and_another_makes_another() -> None:
    assert make_plan(7, 80, 50) == make_plan(7, 80, 50)
    assert make_plan(7, 80, 50).orders != make_plan(8, 80, 50).orders


@pytest.mark.parametrize("seed", [0, 7, 99])
def test_every_kind_is_there_and_four_of_five_must_settle(seed: int) -> None:
    plan = make_plan(seed, ALL_KINDS_FROM, 50)
    assert {order.kind for order in plan.orders} == {*SETTLED, *UNSETTLED}
    assert sum(order.end == "settled" for order in plan.orders) >= 0.8 * len(plan.orders)
    assert len({order.ref for order in plan.orders}) == ALL_KINDS_FROM


@pytest.mark.parametrize("orders", [1, 5, 59, 500])
def test_any_number_of_orders_makes_a_plan(orders: int) -> None:
    plan = make_plan(1, orders, 2)
    assert len(plan.orders) == orders
    assert sum(order.end == "settled" for order in plan.orders) >= 0.8 * orders


def test_each_unsettled_order_says_why() -> None:
    for order in make_plan(3, 300, 20).orders:
        assert (order.code is None) == (order.end == "settled")


def test_the_erp_knows_every_sku_but_the_one_it_must_not() -> None:
    plan = make_plan(5, 300, 30)
    known = {item["sku"] for item in plan.erp_items}
    for order in plan.orders:
        missing = {line["sku"] for line in order.described["lines"] if line.get("sku")} - known
        assert missing == ({"UNKNOWN-1"} if order.kind == "unknown_sku" else set())


async def planned(store: Any, orders: int, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make and place a plan in a shop of its own; the plan and the store's orders by reference."""
    store.shop = "plan.myshopify.com"
    await store.control(
        "POST", "/plan", shop=store.shop, orders=orders, skus=30, seed=7, installed=True, **more
    )
    await store.control("PATCH", f"/shops/{store.shop}", bucket={"maximum": 100_000, "restore_rate": 10_000})
    await store.control("POST", f"/plan/{store.shop}/waves/1")
    store.token = (await store.exchange()).json()["access_token"]
    plan = await store.control("GET", f"/plan/{store.shop}")
    known = await store.control("GET", f"/shops/{store.shop}/orders")
    return plan, {order["ref"]: order for order in known["orders"]}


def amount(bag: dict[str, Any] | None, side: str) -> Decimal:
    return Decimal(bag[side]["amount"]) if bag else Decimal(0)


def off(line: dict[str, Any], side: str) -> Decimal:
    return sum(
        (amount(entry["allocatedAmountSet"], side) for entry in line["discountAllocations"]), Decimal(0)
    )


def taxes(line: dict[str, Any], side: str) -> Decimal:
    return sum((amount(tax["priceSet"], side) for tax in line["taxLines"]), Decimal(0))


def adds_up(order: dict[str, Any], side: str) -> None:
    lines, shipping = order["lineItems"]["nodes"], order["shippingLines"]["nodes"]
    for line in lines:
        assert (
            amount(line["originalTotalSet"], side)
            == amount(line["originalUnitPriceSet"], side) * line["quantity"]
        )
    goods = sum((amount(line["originalTotalSet"], side) - off(line, side) for line in lines), Decimal(0))
    freight = sum((amount(line["originalPriceSet"], side) - off(line, side) for line in shipping), Decimal(0))
    tax = sum((taxes(line, side) for line in lines + shipping), Decimal(0))
    duties = sum((amount(duty["price"], side) for line in lines for duty in line["duties"]), Decimal(0))
    fees = sum((amount(fee["price"], side) for fee in order["additionalFees"]), Decimal(0))
    tip = amount(order["totalTipReceivedSet"], side)
    whole = goods + freight + duties + fees + tip + (0 if order["taxesIncluded"] else tax)
    assert whole == amount(order["totalPriceSet"], side)
    assert goods == amount(order["subtotalPriceSet"], side)
    assert freight == amount(order["totalShippingPriceSet"], side)
    assert tax == amount(order["totalTaxSet"], side)
    assert duties == amount(order["originalTotalDutiesSet"], side)
    assert all(amount(line["originalTotalSet"], side) >= off(line, side) for line in lines)


async def test_the_store_shows_what_was_planned_and_all_of_it_adds_up(store: Any) -> None:
    plan, known = await planned(store, 120)
    for entry in plan["orders"]:
        placed = known[entry["ref"]]
        assert entry["id"] == placed["id"]
        assert placed["total_shop"] == entry["total_shop"]
        assert placed["total_presentment"] == entry["total_presentment"]
        order = (await store.ask(PARTS, id=placed["id"]))["order"]
        for side in ("shopMoney", "presentmentMoney"):
            adds_up(order, side)
        if order["displayFinancialStatus"] == "PAID":
            assert amount(order["totalOutstandingSet"], "shopMoney") == 0, entry["kind"]


async def test_the_products_own_document_is_answered_for_every_kind(store: Any) -> None:
    plan, known = await planned(store, ALL_KINDS_FROM)
    query = (QUERIES / "order.graphql").read_text("utf-8")
    for entry in plan["orders"]:
        order = (await store.ask(query, id=known[entry["ref"]]["id"]))["order"]
        assert order["name"] == entry["name"]


async def test_the_second_wave_lets_the_later_acts_happen(store: Any) -> None:
    plan, _ = await planned(store, ALL_KINDS_FROM)
    assert plan["waves"] == [1, 2]
    await store.control("POST", f"/plan/{store.shop}/waves/2")
    known = (await store.control("GET", f"/shops/{store.shop}/orders"))["orders"]
    by_kind = {order["kind"]: order for order in known}
    assert by_kind["captured_later"]["financial_status"] == "PAID"
    assert by_kind["rest_paid_later"]["financial_status"] == "PAID"
    assert by_kind["manual_paid_later"]["financial_status"] == "PAID"
    assert by_kind["edited_quantity"]["edited"]
    assert by_kind["edited_line_added"]["edited"]
    assert by_kind["cancelled_later"]["cancelled_at"]
    first = {order.ref: order.total_shop for order in make_plan(7, ALL_KINDS_FROM, 30).orders}
    assert all(order["original_total_shop"] == first[order["ref"]] for order in known)


async def test_a_wave_can_be_placed_in_parts_and_at_a_pace(store: Any) -> None:
    store.shop = "plan.myshopify.com"
    await store.control("POST", "/plan", shop=store.shop, orders=10, skus=5, seed=1, installed=True)
    sent = {"from": 2, "count": 3, "per_second": 50}
    placed = await store.control("POST", f"/plan/{store.shop}/waves/1", **sent)
    assert [order["ref"] for order in placed["orders"]] == ["plan-1-00003", "plan-1-00004", "plan-1-00005"]
    missing = await store.refused("POST", "/plan/nobody.myshopify.com/waves/1")
    assert "no such shop" in missing


def test_edits_are_laid_over_orders_that_nothing_was_paid_of_and_total_what_is_left() -> None:
    plain, over = make_plan(7, 200, 50), make_plan(7, 200, 50, flows=["orders", "refunds"])
    edited = [order for order in over.orders if order.edit]
    assert {order.edit for order in edited} == set(EDITS)
    before = {order.ref: order for order in plain.orders}
    assert all(order.refund is None and order.end == "settled" for order in edited)
    assert all(order.total_shop != before[order.ref].total_shop for order in edited)
    held = [order for order in make_plan(7, 200, 50, erp="tryton", flows=["orders"]).orders if order.edit]
    assert {(order.end, order.code) for order in held} == {("held", "order.edited")}


def test_where_a_paid_order_is_not_invoiced_its_document_follows_the_edit() -> None:
    held, settled = (
        {order.ref: order for order in make_plan(7, 200, 50, erp=erp).orders if order.kind in EDITED}
        for erp in ("netsuite", "businesscentral")
    )
    assert held.keys() == settled.keys()
    assert {order.code for order in held.values()} == {"order.edited"}
    assert {(order.end, order.code, order.edit) for order in settled.values()} == {
        ("settled", None, kind) for kind in EDITED
    }
    assert all(settled[ref].total_shop != held[ref].total_shop for ref in held)
    assert all(settled[ref].acts == held[ref].acts for ref in held)


@pytest.mark.parametrize("erp", ["memory", "businesscentral"])
async def test_the_store_plays_every_planned_edit_to_the_total_that_was_planned(store: Any, erp: str) -> None:
    store.shop = "edits.myshopify.com"
    wanted = {"orders": 120, "skus": 30, "seed": 7, "erp": erp, "installed": True, "flows": ["orders"]}
    plan = await store.control("POST", "/plan", shop=store.shop, **wanted)
    for wave in plan["waves"]:
        await store.control("POST", f"/plan/{store.shop}/waves/{wave}")
    known = {o["ref"]: o for o in (await store.control("GET", f"/shops/{store.shop}/orders"))["orders"]}
    edited = [entry for entry in plan["orders"] if entry.get("edit")]
    assert edited
    for entry in edited:
        order = known[entry["ref"]]
        assert order["agreed_total_shop"] == entry["total_shop"], entry
        assert order["agreed_total_presentment"] == entry["total_presentment"], entry
        late = "PAID" if "paid" in entry["edit"] else "PENDING"
        assert order["financial_status"] == ("PARTIALLY_PAID" if entry["kind"] in EDITED else late)
