"""Writing stock: compare and set, all or none, the run-time rules that no schema shows, poison and squeezed sales."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.sandbox.stock_words import ACTIVATE, ADJUST, SET, book, codes, level, levels, pair, wanted, write


async def test_a_set_writes_and_tells_what_changed(store: Any) -> None:
    found = await level(store)
    payload = await write(store, pair(found, 7))
    changes = {change["name"]: (change["delta"], change["quantityAfterChange"]) for change in
               payload["inventoryAdjustmentGroup"]["changes"]}  # fmt: skip
    assert changes == {"available": (-993, 7), "on_hand": (-993, 7)}
    assert (await level(store))["available"] == 7


async def test_on_hand_leaves_what_is_committed_to_shopify(store: Any) -> None:
    await store.place()
    found = await level(store)
    assert await codes(store, pair(found, 10, changeFromQuantity=1000), name="on_hand") == []
    after = await level(store)
    assert (after["available"], after["committed"], after["on_hand"]) == (8, 2, 10)


async def test_a_stale_comparison_names_its_pair_and_nothing_at_all_is_written(store: Any) -> None:
    first, second = await level(store, "SKU-0001"), await level(store, "SKU-0002")
    payload = await write(store, pair(first, 1), pair(second, 2, changeFromQuantity=999))
    assert payload["inventoryAdjustmentGroup"] is None
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [
        ("CHANGE_FROM_QUANTITY_STALE", ["input", "quantities", "1", "changeFromQuantity"])
    ]
    assert [(await level(store, sku))["available"] for sku in ("SKU-0001", "SKU-0002")] == [1000, 1000]
    assert await book(store) == []


async def test_null_skips_the_comparison_and_leaving_it_out_is_an_error_of_the_call(store: Any) -> None:
    found = await level(store)
    assert await codes(store, pair(found, 3, changeFromQuantity=None)) == []
    without = pair(found, 4)
    del without["changeFromQuantity"]
    body = (await store.send(SET, input=wanted(without), key="k")).json()
    assert body["errors"][0]["extensions"]["code"] == "INVALID_FIELD_ARGUMENTS"
    assert "must include the following argument: changeFromQuantity" in body["errors"][0]["message"]
    assert body["data"] == {"inventorySetQuantities": None}
    assert (await level(store))["available"] == 3


async def test_a_pair_may_stand_in_a_call_only_once_and_250_of_them(store: Any) -> None:
    found = await level(store)
    assert await codes(store, pair(found, 1), pair(found, 2)) == [
        "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"
    ]
    many = [pair(found, 1)] * 251
    assert await store.codes(SET, input=wanted(*many), key="k") == ["MAX_INPUT_SIZE_EXCEEDED"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "committed"}, "INVALID_NAME"),
        ({"reason": "because"}, "INVALID_REASON"),
        ({"referenceDocumentUri": "push 1"}, "INVALID_REFERENCE_DOCUMENT"),
    ],
)
async def test_the_frame_of_a_call_is_checked(store: Any, change: dict[str, str], code: str) -> None:
    assert await codes(store, pair(await level(store), 1), **change) == [code]


@pytest.mark.parametrize(
    ("change", "code", "part"),
    [
        ({"inventoryItemId": "gid://shopify/InventoryItem/1"}, "INVALID_INVENTORY_ITEM", "inventoryItemId"),
        ({"locationId": "gid://shopify/Location/1"}, "INVALID_LOCATION", "locationId"),
        ({"quantity": -1}, "INVALID_QUANTITY_NEGATIVE", "quantity"),
        ({"quantity": 1_000_000_001}, "INVALID_QUANTITY_TOO_HIGH", "quantity"),
        ({"quantity": -1_000_000_001}, "INVALID_QUANTITY_TOO_LOW", "quantity"),
    ],
)
async def test_a_pair_that_can_not_be_written_is_named(
    store: Any, change: dict[str, Any], code: str, part: str
) -> None:
    payload = await write(store, pair(await level(store), 1) | change)
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [
        (code, ["input", "quantities", "0", part])
    ]


async def test_poison_always_refuses_and_with_it_the_whole_call(store: Any) -> None:
    await store.control("POST", f"/shops/{store.shop}/stock/poison", skus=["SKU-0002"])
    pairs = [pair(await level(store, sku), 5) for sku in ("SKU-0001", "SKU-0002")]
    for _ in range(2):
        payload = await write(store, *pairs)
        assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [
            ("NON_MUTABLE_INVENTORY_ITEM", ["input", "quantities", "1", "inventoryItemId"])
        ]
    assert (await level(store))["available"] == 1000
    await store.control("POST", f"/shops/{store.shop}/stock/poison", skus=["SKU-0002"], cured=True)
    assert await codes(store, *pairs) == []


async def test_poison_may_hide_which_pair_it_is(store: Any) -> None:
    sent = {"skus": ["SKU-0002"], "code": "INVALID_INVENTORY_ITEM", "nameless": True}
    await store.control("POST", f"/shops/{store.shop}/stock/poison", **sent)
    payload = await write(store, pair(await level(store, "SKU-0002"), 5))
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [
        ("INVALID_INVENTORY_ITEM", None)
    ]


@pytest.mark.parametrize(("by", "orders"), [("order", 1), ("merchant", 0)])
async def test_a_sale_squeezed_in_makes_the_write_stale_once(store: Any, by: str, orders: int) -> None:
    await store.control("POST", f"/shops/{store.shop}/stock/squeeze", skus=["SKU-0001"], quantity=3, by=by)
    first, second = pair(await level(store), 10), pair(await level(store, "SKU-0002"), 20)
    payload = await write(store, first, second)
    assert [(error["code"], error["field"][2]) for error in payload["userErrors"]] == [
        ("CHANGE_FROM_QUANTITY_STALE", "0")
    ]
    assert [row["available"] for row in (await levels(store))[:2]] == [997, 1000]
    assert len((await store.control("GET", f"/shops/{store.shop}/orders"))["orders"]) == orders
    assert await codes(store, first | {"changeFromQuantity": 997}, second) == []


async def test_any_location_may_be_written_since_2026_10_and_before_only_where_it_is_stocked(
    store: Any,
) -> None:
    await store.control("PUT", f"/shops/{store.shop}/locations/Outlet")
    outlet = (await store.control("GET", f"/shops/{store.shop}"))["locations"]["Outlet"]
    wanted_there = pair(await level(store), 6, locationId=outlet, changeFromQuantity=0)
    store.version = "2026-07"
    assert await codes(store, wanted_there) == ["ITEM_NOT_STOCKED_AT_LOCATION"]
    store.version = "2026-10"
    assert await codes(store, wanted_there) == []
    assert (await level(store, location="Outlet"))["available"] == 6


async def test_activating_stocks_an_item_and_refuses_quantities_where_it_is_stocked(store: Any) -> None:
    await store.control("PUT", f"/shops/{store.shop}/locations/Outlet")
    outlet = (await store.control("GET", f"/shops/{store.shop}"))["locations"]["Outlet"]
    sent = {"item": (await level(store))["item_id"], "location": outlet, "available": 4}
    made = (await store.ask(ACTIVATE, **sent, key="a"))["inventoryActivate"]
    assert (made["inventoryLevel"]["isActive"], made["inventoryLevel"]["quantities"]) == (
        True,
        [{"quantity": 4}],
    )
    again = (await store.ask(ACTIVATE, **sent, key="b"))["inventoryActivate"]
    assert again["inventoryLevel"] is None
    assert again["userErrors"]
    await store.control(
        "PATCH",
        f"/shops/{store.shop}/stock",
        levels=[{"sku": "SKU-0001", "location": "Outlet", "active": False}],
    )
    kept = (await store.ask(ACTIVATE, item=sent["item"], location=outlet, key="c"))["inventoryActivate"]
    assert kept["inventoryLevel"]["quantities"] == [{"quantity": 4}]


async def test_an_adjustment_adds_compares_and_wants_a_document_for_all_but_available(store: Any) -> None:
    found = await level(store)
    change = {name: value for name, value in pair(found, 0).items() if name != "quantity"} | {"delta": -4}

    async def adjusted(name: str = "available", **more: Any) -> list[str]:
        sent = {"name": name, "reason": "correction", "changes": [change | more]}
        answer = await store.ask(ADJUST, input=sent, key=str(uuid4()))
        return [error["code"] for error in answer["inventoryAdjustQuantities"]["userErrors"]]

    assert await adjusted() == []
    assert await adjusted() == ["CHANGE_FROM_QUANTITY_STALE"]
    assert await adjusted("on_hand", changeFromQuantity=None) == [
        "INVALID_QUANTITY_NAME",
        "INVALID_QUANTITY_DOCUMENT",
    ]
    assert await adjusted("reserved", changeFromQuantity=None) == ["INVALID_QUANTITY_DOCUMENT"]
    uri = "gid://stockbridge/Hold/1"
    assert await adjusted("reserved", changeFromQuantity=None, delta=5, ledgerDocumentUri=uri) == []
    after = await level(store)
    assert (after["available"], after["reserved"], after["on_hand"]) == (996, 5, 1001)


async def test_writing_needs_its_scope(store: Any) -> None:
    found = await level(store)
    await store.control(
        "POST", f"/shops/{store.shop}/scopes", scopes="read_inventory,read_products,read_locations"
    )
    store.token = (await store.exchange()).json()["access_token"]
    assert await store.codes(SET, input=wanted(pair(found, 1)), key="k") == ["ACCESS_DENIED"]


async def test_a_set_costs_ten_and_thirteen_with_the_changes(store: Any) -> None:
    found = await level(store)
    plain = """mutation S($input: InventorySetQuantitiesInput!, $key: String!) {
        inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { code field message } } }"""
    for document, points in ((plain, 10), (SET, 13)):
        body = (
            await store.send(
                document, input=wanted(pair(found, 5, changeFromQuantity=None)), key=document[:10]
            )
        ).json()
        assert body["extensions"]["cost"]["requestedQueryCost"] == points
