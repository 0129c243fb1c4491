"""Stock of the simulated shop: levels and their quantities, what orders do to them, lists, odd SKUs, the book."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.sandbox.stock_words import LEVEL, book, level, levels, pair, write

QUERIES = Path(__file__).resolve().parents[2] / "app" / "shopify" / "queries"
OF_LOCATION = """query Levels($id: ID!, $after: String, $q: String) { location(id: $id) {
  inventoryLevels(first: 250, after: $after, query: $q) { nodes { id item { id }
    quantities(names: ["available"]) { quantity } } pageInfo { hasNextPage endCursor } } } }"""
ITEMS = """query Items($q: String) { inventoryItems(first: 250, query: $q) {
  nodes { id sku tracked duplicateSkuCount variants(first: 5) { nodes { id sku } } } } }"""


async def quantities(store: Any, sku: str = "SKU-0001") -> dict[str, int]:
    found = await level(store, sku)
    return {name: found[name] for name in ("available", "committed", "on_hand")}


async def test_a_level_shows_its_quantities_by_name_and_can_be_asked_for_in_every_way(store: Any) -> None:
    found = await level(store)
    at = {"item": found["item_id"], "location": f"gid://shopify/Location/{found['location_id']}"}
    item = (await store.ask(LEVEL, **at))["inventoryItem"]
    shown = item["inventoryLevel"]
    assert {q["name"]: q["quantity"] for q in shown["quantities"]} == {
        "available": 1000,
        "committed": 0,
        "on_hand": 1000,
        "incoming": 0,
        "reserved": 0,
    }
    assert (item["sku"], item["tracked"], shown["isActive"]) == ("SKU-0001", True, True)
    both = await store.ask(
        "query N($ids: [ID!]!) { nodes(ids: $ids) { id ... on InventoryLevel { item { sku } } } }",
        ids=[shown["id"], item["id"]],
    )
    assert both["nodes"] == [{"id": shown["id"], "item": {"sku": "SKU-0001"}}, {"id": item["id"]}]
    one = await store.ask(
        "query L($id: ID!) { inventoryLevel(id: $id) { location { name } } }", id=shown["id"]
    )
    assert one["inventoryLevel"]["location"]["name"] == "Main warehouse"
    assert await store.ask(
        "query L($id: ID!) { inventoryLevel(id: $id) { id } }", id=shown["id"].rsplit("=", 1)[0] + "=7"
    ) == {"inventoryLevel": None}


async def test_a_quantity_name_that_is_none_is_an_error(store: Any) -> None:
    found = await level(store)
    sold = 'inventoryLevels(first: 1) { nodes { quantities(names: ["sold"]) { name } } }'
    asked = f"query Q($id: ID!) {{ inventoryItem(id: $id) {{ {sold} }} }}"
    assert await store.codes(asked, id=found["item_id"]) == ["INVALID_FIELD_ARGUMENTS"]


async def test_an_order_commits_what_it_takes_and_on_hand_stays(store: Any) -> None:
    await store.place()
    assert await quantities(store) == {"available": 998, "committed": 2, "on_hand": 1000}


async def test_fulfilment_takes_the_committed_units_off_hand(store: Any) -> None:
    order = await store.place()
    await store.act(order, "fulfil")
    assert await quantities(store) == {"available": 998, "committed": 0, "on_hand": 998}
    status = "query O($id: ID!) { order(id: $id) { displayFulfillmentStatus } }"
    assert (await store.ask(status, id=order["id"]))["order"]["displayFulfillmentStatus"] == "FULFILLED"
    await store.act(order, "restock", quantity=1)
    assert await quantities(store) == {"available": 999, "committed": 0, "on_hand": 999}


async def test_a_cancelled_order_gives_its_units_back_or_loses_them(store: Any) -> None:
    first, second = await store.place(), await store.place()
    await store.act(first, "cancel")
    assert await quantities(store) == {"available": 998, "committed": 2, "on_hand": 1000}
    await store.act(second, "cancel", restock=False)
    assert await quantities(store) == {"available": 998, "committed": 0, "on_hand": 998}


async def test_an_edit_commits_the_difference_and_a_deleted_order_nothing(store: Any) -> None:
    order = await store.place()
    await store.act(order, "edit", line=0, quantity=5)
    assert (await quantities(store))["committed"] == 5
    await store.act(order, "edit", line=0, quantity=1)
    assert await quantities(store) == {"available": 999, "committed": 1, "on_hand": 1000}
    await store.act(order, "delete")
    assert await quantities(store) == {"available": 1000, "committed": 0, "on_hand": 1000}


async def test_an_order_that_came_cancelled_and_an_untracked_item_commit_nothing(store: Any) -> None:
    await store.place(cancelled=True)
    await store.control("PATCH", f"/shops/{store.shop}/variants/SKU-0002", tracked=False)
    await store.place(lines=[{"sku": "SKU-0002", "quantity": 3, "price": "1.00"}])
    assert (await quantities(store))["committed"] == 0
    assert (await quantities(store, "SKU-0002"))["committed"] == 0


async def test_a_line_commits_where_it_ships_from(store: Any) -> None:
    await store.control("PUT", f"/shops/{store.shop}/locations/Outlet")
    await store.control(
        "PATCH",
        f"/shops/{store.shop}/stock",
        levels=[{"sku": "SKU-0003", "location": "Outlet", "available": 9}],
    )
    await store.place(lines=[{"sku": "SKU-0003", "quantity": 4, "price": "1.00", "location": "Outlet"}])
    found = {
        row["location"]: (row["available"], row["committed"]) for row in await levels(store, sku="SKU-0003")
    }
    assert found == {"Main warehouse": (1000, 0), "Outlet": (5, 4)}


async def test_a_bundle_commits_its_parts_and_can_not_be_written_itself(store: Any) -> None:
    parts = [{"sku": "SKU-0001", "quantity": 2}, {"sku": "SKU-0002", "quantity": 1}]
    product = {"title": "Set", "variants": [{"sku": "SET-1", "price": "9.00", "components": parts}]}
    await store.control("POST", f"/shops/{store.shop}/products", products=[product])
    await store.place(lines=[{"sku": "SET-1", "quantity": 3, "price": "9.00"}])
    assert [(await quantities(store, sku))["committed"] for sku in ("SKU-0001", "SKU-0002", "SET-1")] == [
        6,
        3,
        0,
    ]
    refused = await write(store, pair(await level(store, "SET-1"), 5))
    assert [error["code"] for error in refused["userErrors"]] == ["NON_MUTABLE_INVENTORY_ITEM"]
    asked = """query V($q: String) { productVariants(first: 1, query: $q) { nodes { requiresComponents
        productVariantComponents(first: 9) { nodes { quantity productVariant { sku } } } } } }"""
    found = (await store.ask(asked, q="sku:SET-1"))["productVariants"]["nodes"][0]
    assert found["requiresComponents"]
    assert found["productVariantComponents"]["nodes"] == [
        {"quantity": part["quantity"], "productVariant": {"sku": part["sku"]}} for part in parts
    ]


async def test_duplicate_blank_and_differently_written_skus_can_be_had(store: Any) -> None:
    variants = [{"sku": sku, "price": "1.00"} for sku in ("SKU-0001", "sku-0001", "", "")]
    product = {"title": "Odd", "double": True, "variants": variants}
    await store.control("POST", f"/shops/{store.shop}/products", products=[product])
    found = (await store.ask(ITEMS))["inventoryItems"]["nodes"]
    counts = [(item["sku"], item["duplicateSkuCount"]) for item in found]
    assert counts[0] == ("SKU-0001", 1)
    assert counts[-4:] == [("SKU-0001", 1), ("sku-0001", 0), ("", 0), ("", 0)]
    asked = (await store.ask(ITEMS, q='sku:"SKU-0001"'))["inventoryItems"]["nodes"]
    assert [item["sku"] for item in asked] == ["SKU-0001", "SKU-0001", "sku-0001"]


async def test_one_item_may_back_several_variants(store: Any) -> None:
    product = {
        "title": "Twin",
        "double": True,
        "variants": [{"sku": "x", "price": "1", "item_of": "SKU-0001"}],
    }
    await store.control("POST", f"/shops/{store.shop}/products", products=[product])
    found = (await store.ask(ITEMS, q="sku:SKU-0001"))["inventoryItems"]["nodes"]
    assert [variant["sku"] for variant in found[0]["variants"]["nodes"]] == ["SKU-0001", "SKU-0001"]
    assert found[0]["duplicateSkuCount"] == 0


async def test_a_variants_and_a_products_quantity_are_the_sum_of_what_is_available(store: Any) -> None:
    asked = "{ productVariants(first: 1) { nodes { inventoryQuantity product { totalInventory } } } }"
    await write(store, pair(await level(store), 7))
    found = (await store.ask(asked))["productVariants"]["nodes"][0]
    assert found == {"inventoryQuantity": 7, "product": {"totalInventory": 7}}


async def test_a_closed_location_is_listed_only_when_asked_for_and_not_written(store: Any) -> None:
    await store.control("PUT", f"/shops/{store.shop}/locations/Outlet")
    await store.control("PUT", f"/shops/{store.shop}/locations/Outlet", active=False)
    asked = (
        "query L($all: Boolean) { locations(first: 9, includeInactive: $all) { nodes { name isActive } } }"
    )
    names = [place["name"] for place in (await store.ask(asked, all=False))["locations"]["nodes"]]
    assert names == ["Main warehouse"]
    assert len((await store.ask(asked, all=True))["locations"]["nodes"]) == 2
    locations = (await store.control("GET", f"/shops/{store.shop}"))["locations"]
    refused = await write(store, pair(await level(store), 5, locationId=locations["Outlet"]))
    assert [error["code"] for error in refused["userErrors"]] == ["INVALID_LOCATION"]
    await store.control("DELETE", f"/shops/{store.shop}/locations/Outlet")
    assert len((await store.ask(asked, all=True))["locations"]["nodes"]) == 1


async def test_thousands_of_levels_are_made_in_one_call_by_seed_and_paged_without_loss(store: Any) -> None:
    made = await store.control("POST", f"/shops/{store.shop}/stock", levels=3001, seed=4)
    assert (made["levels"], made["first_sku"]) == (3001, "STK-000021")
    place = (await store.control("GET", f"/shops/{store.shop}"))["locations"]["Main warehouse"]
    seen, after, pages = [], None, 0
    while pages < 20:
        page = (await store.ask(OF_LOCATION, id=place, after=after))["location"]["inventoryLevels"]
        seen += [node["id"] for node in page["nodes"]]
        after, pages = page["pageInfo"]["endCursor"], pages + 1
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert (len(seen), len(set(seen)), pages) == (3021, 3021, 13)
    drawn = [row["available"] for row in await levels(store)][20:]
    other = "second.myshopify.com"
    await store.control("POST", "/shops", shop=other)
    await store.control("POST", f"/shops/{other}/stock", levels=3001, seed=4)
    assert [
        row["available"] for row in (await store.control("GET", f"/shops/{other}/stock"))["levels"]
    ] == drawn
    assert len(set(drawn)) > 50


async def test_levels_are_found_by_what_changed_since(store: Any) -> None:
    found = await level(store)
    place = f"gid://shopify/Location/{found['location_id']}"
    one = f"inventory_item_id:{found['item']}"
    nodes = (await store.ask(OF_LOCATION, id=place, q=one))["location"]["inventoryLevels"]["nodes"]
    assert [node["item"]["id"] for node in nodes] == [found["item_id"]]
    future = "updated_at:>'2999-01-01T00:00:00Z'"
    assert (await store.ask(OF_LOCATION, id=place, q=future))["location"]["inventoryLevels"]["nodes"] == []


async def test_a_level_that_is_not_stocked_is_left_out_unless_asked_for(store: Any) -> None:
    found = await level(store)
    await store.control("PATCH", f"/shops/{store.shop}/stock", levels=[{"sku": "SKU-0001", "active": False}])
    place = f"gid://shopify/Location/{found['location_id']}"
    nodes = (await store.ask(OF_LOCATION, id=place))["location"]["inventoryLevels"]["nodes"]
    assert len(nodes) == 19
    shown_levels = "inventoryLevels(first: 5, includeInactive: $all) { nodes { isActive } }"
    asked = f"query I($id: ID!, $all: Boolean) {{ inventoryItem(id: $id) {{ {shown_levels} }} }}"
    assert (await store.ask(asked, id=found["item_id"], all=False))["inventoryItem"]["inventoryLevels"][
        "nodes"
    ] == []
    shown = (await store.ask(asked, id=found["item_id"], all=True))["inventoryItem"]["inventoryLevels"][
        "nodes"
    ]
    assert shown == [{"isActive": False}]


async def test_the_book_tells_every_change_with_who_made_it(store: Any) -> None:
    before = time.time()
    order = await store.place()
    found = await level(store)
    await write(store, pair(found, 50), key="k-1", referenceDocumentUri="gid://stockbridge/Push/1")
    await store.control("PATCH", f"/shops/{store.shop}/stock", levels=[{"sku": "SKU-0001", "add": -1}])
    told = [
        (row["name"], row["before"], row["after"], row["by"], row["reference"], row["key"])
        for row in await book(store)
    ]
    assert told == [
        ("available", 1000, 998, "order", order["id"], None),
        ("committed", 0, 2, "order", order["id"], None),
        ("available", 998, 50, "app", "gid://stockbridge/Push/1", "k-1"),
        ("on_hand", 1000, 52, "app", "gid://stockbridge/Push/1", "k-1"),
        ("available", 50, 49, "merchant", None, None),
        ("on_hand", 52, 51, "merchant", None, None),
    ]
    rows = await book(store, after=2, limit=2)
    assert [row["seq"] for row in rows] == [3, 4]
    assert all(before - 1 <= row["at"] <= time.time() for row in rows)
    assert len(await book(store, by="order")) == 2


async def test_a_deleted_product_takes_its_items_and_levels_along(store: Any) -> None:
    found = await level(store, "SKU-0005")
    await store.control("DELETE", f"/shops/{store.shop}/products/SKU-0005")
    assert len(await levels(store)) == 19
    refused = await write(store, pair(found, 5))
    assert [error["code"] for error in refused["userErrors"]] == ["INVALID_INVENTORY_ITEM"]


async def test_the_products_own_documents_about_stock_run_here(store: Any) -> None:
    found = await level(store)
    place = f"gid://shopify/Location/{found['location_id']}"
    quantities = [pair(found, 5)]
    frozen = {"name": "available", "reason": "correction", "quantities": quantities}
    sent = {
        "stock_locations": {"after": None},
        "stock_items": {"after": None},
        "stock_levels": {"ids": [found["item_id"]], "location": place},
        "stock_set": {"input": frozen, "key": "k"},
    }
    answers = {
        name: await store.ask((QUERIES / f"{name}.graphql").read_text(), **sent[name]) for name in sent
    }
    assert answers["stock_locations"]["locations"]["nodes"][0]["id"] == place
    assert len(answers["stock_items"]["inventoryItems"]["nodes"]) == 20
    assert answers["stock_levels"]["nodes"][0]["id"] == found["item_id"]
    assert answers["stock_set"]["inventorySetQuantities"]["userErrors"] == []
    assert (await level(store))["available"] == 5
