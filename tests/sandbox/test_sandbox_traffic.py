"""What goes on beside the app: sales at the counter, another process on the same bucket, and the rate that was used."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from sandbox.ledger import Call, Ledger
from tests.patience import FAR
from tests.sandbox.stock_words import book, level, pair, write


async def test_a_buyer_gets_what_is_available_and_nothing_more(store: Any) -> None:
    await write(store, pair(await level(store), 3))
    told = await store.control(
        "POST", f"/shops/{store.shop}/sales", count=6, skus=["SKU-0001"], most=1, seed=2
    )
    assert (told["tried"], told["sold"], told["units"], told["sold_out"]) == (6, 3, 3, 3)
    found = await level(store)
    assert (found["available"], found["committed"]) == (0, 3)
    sales = (await store.control("GET", f"/shops/{store.shop}/sales"))["sales"]
    assert [(sale["available"], sale["order"] is not None) for sale in sales] == [
        (3, True), (2, True), (1, True), (0, False), (0, False), (0, False),
    ]  # fmt: skip
    rows = await book(store)
    assert [rows[sale["seq"]]["reference"] for sale in sales[:3]] == [sale["order"] for sale in sales[:3]]


async def test_sales_are_orders_like_any_other_and_repeat_with_their_seed(store: Any) -> None:
    await store.control("POST", f"/shops/{store.shop}/sales", count=5, seed=9)
    first = (await store.control("GET", f"/shops/{store.shop}/sales"))["sales"]
    orders = (await store.control("GET", f"/shops/{store.shop}/orders"))["orders"]
    assert [order["id"] for order in orders] == [sale["order"] for sale in first]
    assert {order["financial_status"] for order in orders} == {"PAID"}
    await store.control("POST", f"/shops/{store.shop}/sales", count=5, seed=9)
    again = (await store.control("GET", f"/shops/{store.shop}/sales", after=5))["sales"]
    assert [(s["sku"], s["quantity"]) for s in again] == [(s["sku"], s["quantity"]) for s in first]


async def test_sales_go_on_in_the_background_at_their_pace_until_stopped(store: Any) -> None:
    sent = {"count": 1000, "per_second": 50, "background": True}
    assert (await store.control("POST", f"/shops/{store.shop}/sales", **sent))["running"]
    async with asyncio.timeout(FAR):
        while (await store.control("GET", f"/shops/{store.shop}/sales"))["tried"] < 5:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.05)
    stopped = await store.control("POST", f"/shops/{store.shop}/sales", stop=True)
    assert not stopped["running"]
    assert 5 <= stopped["tried"] < 1000
    await asyncio.sleep(0.1)
    assert (await store.control("GET", f"/shops/{store.shop}/sales"))["tried"] <= stopped["tried"] + 1


async def test_another_process_of_the_app_spends_from_the_same_bucket(store: Any) -> None:
    await store.control(
        "PATCH", f"/shops/{store.shop}", bucket={"maximum": 2000, "restore_rate": 0, "level": 500}
    )
    drained = await store.control("POST", f"/shops/{store.shop}/drain", points=495)
    assert (drained["taken"], drained["bucket"]["currentlyAvailable"]) == (495, 5)
    assert await store.codes("{ orders(first: 50) { nodes { id } } }") == ["THROTTLED"]
    ledger = await store.control("GET", "/ledger")
    assert (ledger["points"], ledger["throttled"]) == (0, 1)


async def test_it_drains_at_a_pace_and_never_more_than_there_is(store: Any) -> None:
    await store.control(
        "PATCH", f"/shops/{store.shop}", bucket={"maximum": 2000, "restore_rate": 0, "level": 30}
    )
    await store.control("POST", f"/shops/{store.shop}/drain", per_second=100, seconds=0.8)
    left = 30
    async with asyncio.timeout(FAR):
        while left >= 10:
            await asyncio.sleep(0.05)
            left = (await store.control("GET", f"/shops/{store.shop}"))["bucket"]["currentlyAvailable"]
    assert 0 <= left < 10
    rate = await store.control("GET", f"/shops/{store.shop}/rate")
    assert rate["points_of_others"] == pytest.approx(30 - left)


async def test_the_rate_used_is_told_from_the_first_arrival_to_the_last_end(store: Any) -> None:
    await store.control(
        "PATCH", f"/shops/{store.shop}", bucket={"maximum": 2000, "restore_rate": 100, "level": 400}
    )
    since = time.time()
    for _ in range(4):
        await write(store, pair(await level(store), 5, changeFromQuantity=None))
    rate = await store.control("GET", f"/shops/{store.shop}/rate", since=since, floor=390)
    assert rate["calls"] == 4
    assert rate["level_at_first"] == pytest.approx(400, abs=30)
    given = rate["level_at_first"] - 390 + 100 * rate["seconds"]
    assert rate["rate_used"] == pytest.approx(rate["points"] / given, rel=0.05)


def test_throttled_calls_and_other_shops_spend_nothing() -> None:
    ledger = Ledger()
    call = {"version": "", "status": 200, "document": "d", "requested": 10.0}
    ledger.note(Call(at=100.2, ended=100.3, shop="a", actual=10.0, level=390.0, **call))
    ledger.note(Call(at=100.0, ended=100.5, shop="a", actual=10.0, level=400.0, **call))
    ledger.note(Call(at=101.0, ended=101.0, shop="a", throttled="natural", **call))
    ledger.note(Call(at=101.0, ended=102.0, shop="b", actual=99.0, **call))
    ledger.note(Call(at=101.5, ended=102.0, shop="a", actual=30.0, consumer="other", **call))
    rate = ledger.rate("a", 100.0, since=0, until=1e9, floor=200.0)
    assert (rate["points"], rate["points_of_others"], rate["throttled"]) == (50.0, 30.0, 1)
    assert rate["given"] == 200.0 + 100.0 * 2.0
    assert rate["rate_used"] == 0.125
