"""Bulk operations: what may run, staged uploads, results by line or by parent, failing halfway, and cancelling."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.sandbox.bulk_words import (
    CANCEL,
    FILE,
    RUN,
    SKUS,
    STAGE,
    STATE,
    ask,
    ended,
    line,
    rows,
    run,
    staged,
)
from tests.sandbox.stock_words import SET, levels

DEEP = """{ inventoryItems { edges { node { id code: sku tracked
  inventoryLevels { edges { node { id location { id name } quantities(names: ["available", "on_hand"]) { name quantity } } } }
  variants { nodes { id product { title } } } } } } }"""


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_every_line_is_run_and_answered_under_its_number_in_no_order(store: Any, method: str) -> None:
    sent = [await line(store, f"SKU-{i:04d}", i) for i in range(1, 13)]
    sent[4] = await line(store, "SKU-0005", 5, changeFromQuantity=1)
    started = await run(store, await staged(store, sent, method))
    assert started["bulkOperation"]["status"] == "CREATED"
    found = await ended(store, started["bulkOperation"]["id"])
    assert (found["status"], found["objectCount"], found["type"]) == ("COMPLETED", "12", "MUTATION")
    results = await rows(store, found["url"])
    numbers = [row["__lineNumber"] for row in results]
    assert sorted(numbers) == list(range(12))
    assert numbers != sorted(numbers)
    refused = {row["__lineNumber"]: row["data"]["inventorySetQuantities"]["userErrors"] for row in results}
    assert [error["code"] for error in refused.pop(4)] == ["CHANGE_FROM_QUANTITY_STALE"]
    assert not any(refused.values())
    assert [row["available"] for row in await levels(store)][:12] == [
        1,
        2,
        3,
        4,
        1000,
        6,
        7,
        8,
        9,
        10,
        11,
        12,
    ]


async def test_a_bad_line_is_its_own_error_and_needs_its_own_key(store: Any) -> None:
    without = {"input": (await line(store, "SKU-0002", 1))["input"]}
    path = await staged(store, [await line(store, "SKU-0001", 1), b"{broken", without])
    found = await ended(store, (await run(store, path))["bulkOperation"]["id"])
    results = {row["__lineNumber"]: row for row in await rows(store, found["url"])}
    assert found["status"] == "COMPLETED"
    assert results[0]["data"]["inventorySetQuantities"]["userErrors"] == []
    assert results[1]["errors"]
    assert results[2]["errors"]


async def test_bulk_costs_no_more_points_than_starting_it(store: Any) -> None:
    path = await staged(store, [await line(store, f"SKU-{i:04d}", 1) for i in range(1, 20)])
    body = (await store.send(RUN, mutation=SET, path=path)).json()
    assert body["extensions"]["cost"]["actualQueryCost"] == 10
    await ended(store, body["data"]["bulkOperationRunMutation"]["bulkOperation"]["id"])
    ledger = await store.control("GET", "/ledger")
    assert "Set" not in ledger["by_document"]


@pytest.mark.parametrize(
    ("mutation", "path", "code"),
    [
        ("mutation { nonsense }", None, "INVALID_MUTATION"),
        ("{ shop { id } }", None, "INVALID_MUTATION"),
        (SET, "tmp/1/bulk/nowhere/a.jsonl", "NO_SUCH_FILE"),
    ],
)
async def test_what_can_not_run_is_refused_at_once(
    store: Any, mutation: str, path: str | None, code: str
) -> None:
    path = path or await staged(store, [{}])
    refused = await run(store, path, mutation)
    assert refused["bulkOperation"] is None
    assert [error["code"] for error in refused["userErrors"]] == [code]


async def test_a_file_that_is_no_jsonl_is_refused(store: Any) -> None:
    refused = await run(store, await staged(store, [b"sku;quantity"]))
    assert [error["code"] for error in refused["userErrors"]] == ["INVALID_STAGED_UPLOAD_FILE"]


async def test_an_upload_needs_the_signature_it_was_given(store: Any) -> None:
    target = (await store.ask(STAGE, input=[FILE | {"httpMethod": "POST"}]))["stagedUploadsCreate"][
        "stagedTargets"
    ][0]
    fields = {entry["name"]: entry["value"] for entry in target["parameters"]} | {"x-goog-signature": "0"}
    sent = await store.client.post(target["url"], data=fields, files={"file": ("a", b"{}")})
    assert sent.status_code == 403
    assert (await store.client.get(f"/shops/{store.shop}/files/{fields['key']}")).status_code == 403


async def test_five_run_at_a_time_and_the_same_file_only_once(store: Any) -> None:
    await store.control("POST", "/bulk", start_seconds=1.0, times=5)
    paths = [await staged(store, [await line(store, "SKU-0001", i)]) for i in range(1, 7)]
    assert all([(await run(store, path))["bulkOperation"] for path in paths[:5]])
    assert [error["code"] for error in (await run(store, paths[5]))["userErrors"]] == ["LIMIT_REACHED"]
    assert [error["code"] for error in (await run(store, paths[0]))["userErrors"]] == [
        "OPERATION_IN_PROGRESS"
    ]
    listed = 'query L { bulkOperations(first: 9, query: "status:created type:mutation") { nodes { id } } }'
    assert len((await store.ask(listed))["bulkOperations"]["nodes"]) == 5


async def test_one_that_fails_halfway_has_done_half_and_says_which(store: Any) -> None:
    await store.control("POST", "/bulk", fail_after=3)
    path = await staged(store, [await line(store, f"SKU-{i:04d}", i) for i in range(1, 8)])
    found = await ended(store, (await run(store, path))["bulkOperation"]["id"])
    assert (found["status"], found["errorCode"], found["url"]) == ("FAILED", "INTERNAL_SERVER_ERROR", None)
    results = await rows(store, found["partialDataUrl"])
    assert sorted(row["__lineNumber"] for row in results) == [0, 1, 2]
    assert [row["available"] for row in await levels(store)][:4] == [1, 2, 3, 1000]


async def test_a_slow_one_can_be_cancelled_and_a_finished_one_not(store: Any) -> None:
    await store.control("POST", "/bulk", seconds_per_line=0.1)
    path = await staged(store, [await line(store, f"SKU-{i:04d}", i) for i in range(1, 20)])
    gid = (await run(store, path))["bulkOperation"]["id"]
    await asyncio.sleep(0.25)
    assert (await store.ask(STATE, id=gid))["bulkOperation"]["status"] == "RUNNING"
    told = (await store.ask(CANCEL, id=gid))["bulkOperationCancel"]
    assert (told["bulkOperation"]["status"], told["userErrors"]) == ("CANCELING", [])
    found = await ended(store, gid)
    assert found["status"] == "CANCELED"
    assert 0 < len(await rows(store, found["partialDataUrl"])) < 19
    assert (await store.ask(CANCEL, id=gid))["bulkOperationCancel"]["userErrors"]


async def test_a_query_is_written_flat_and_children_name_their_parent(store: Any) -> None:
    await store.control("PUT", f"/shops/{store.shop}/locations/Outlet")
    await store.control(
        "PATCH",
        f"/shops/{store.shop}/stock",
        levels=[{"sku": "SKU-0003", "location": "Outlet", "available": 9}],
    )
    started = await ask(store, DEEP)
    found = await ended(store, started["bulkOperation"]["id"])
    assert (found["status"], found["objectCount"], found["rootObjectCount"]) == ("COMPLETED", "61", "20")
    everything = await rows(store, found["url"])
    parents = {row["id"]: row for row in everything if "__parentId" not in row}
    stocked = [row for row in everything if "quantities" in row]
    assert (len(parents), len(stocked)) == (20, 21)
    third = next(row for row in parents.values() if row["code"] == "SKU-0003")
    at = {row["location"]["name"]: row["quantities"] for row in stocked if row["__parentId"] == third["id"]}
    assert at["Outlet"] == [{"name": "available", "quantity": 9}, {"name": "on_hand", "quantity": 9}]
    assert at["Main warehouse"][0]["quantity"] == 1000
    variants = [row for row in everything if "product" in row]
    assert {row["__parentId"] for row in variants} == set(parents)


async def test_children_follow_their_parent_at_once_only_when_grouped(store: Any) -> None:
    async def followed(grouped: bool) -> list[bool]:
        found = await ended(store, (await ask(store, DEEP, grouped))["bulkOperation"]["id"])
        everything = await rows(store, found["url"])
        last, good = "", []
        for row in everything:
            if "__parentId" in row:
                good.append(row["__parentId"] == last)
            else:
                last = row["id"]
        return good

    assert all(await followed(True))
    assert not all(await followed(False))


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("{ shop { id } }", "at least one connection"),
        ('{ node(id: "gid://shopify/Shop/1") { id } products { nodes { id } } }', "can't be used"),
        ("{ products { nodes { variants { nodes { id } } } } }", "`id`"),
        ("{ products { pageInfo { hasNextPage } } }", "`edges` or `nodes`"),
        (
            "{ products { nodes { id variants { nodes { id inventoryItem { inventoryLevels { nodes { id } } } } } } } }",
            "deeper",
        ),
        ("{ " + " ".join(f"a{i}: products {{ nodes {{ id }} }}" for i in range(6)) + " }", "more than 5"),
        ("{ products { nodes { idd } } }", "idd"),
    ],
)
async def test_a_query_outside_the_limits_is_refused(store: Any, query: str, word: str) -> None:
    refused = await ask(store, query)
    assert refused["bulkOperation"] is None
    assert [error["code"] for error in refused["userErrors"]] == ["INVALID"]
    assert word in refused["userErrors"][0]["message"]


async def test_a_search_narrows_a_bulk_query_and_nothing_found_has_no_file(store: Any) -> None:
    some = await ended(
        store,
        (await ask(store, SKUS.replace("inventoryItems", 'inventoryItems(query: "sku:SKU-0004")')))[
            "bulkOperation"
        ]["id"],
    )
    assert [row["sku"] for row in await rows(store, some["url"])] == ["SKU-0004"]
    none = await ended(
        store,
        (await ask(store, SKUS.replace("inventoryItems", 'inventoryItems(query: "sku:none")')))[
            "bulkOperation"
        ]["id"],
    )
    assert (none["status"], none["url"], none["objectCount"]) == ("COMPLETED", None, "0")


async def test_a_query_of_what_the_token_may_not_see_fails(store: Any) -> None:
    await store.control("POST", f"/shops/{store.shop}/scopes", scopes="read_orders")
    store.token = (await store.exchange()).json()["access_token"]
    found = await ended(store, (await ask(store, SKUS))["bulkOperation"]["id"])
    assert (found["status"], found["errorCode"]) == ("FAILED", "ACCESS_DENIED")


async def test_one_object_may_stand_at_the_root_with_its_connection_below(store: Any) -> None:
    place = (await store.control("GET", f"/shops/{store.shop}"))["locations"]["Main warehouse"]
    query = f'{{ location(id: "{place}") {{ id name inventoryLevels {{ nodes {{ id item {{ sku }} }} }} }} }}'
    found = await ended(store, (await ask(store, query))["bulkOperation"]["id"])
    everything = await rows(store, found["url"])
    assert everything[0] == {"id": place, "name": "Main warehouse"}
    assert [row["__parentId"] for row in everything[1:]] == [place] * 20
    assert min(row["item"]["sku"] for row in everything[1:]) == "SKU-0001"
