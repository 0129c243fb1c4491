"""The Admin API's door: schema, tokens, versions, the lagging list, protected data, scopes and faults."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from graphql import parse, validate

from sandbox.search_index import SearchIndex

QUERIES = Path(__file__).resolve().parents[2] / "app" / "shopify" / "queries"
BY_ID = "query O($id: ID!) { order(id: $id) { id } }"
LIST = (
    "query L($q: String, $n: Int, $a: String) { orders(first: $n, after: $a, query: $q, sortKey: UPDATED_AT) "
)
LIST += "{ nodes { id updatedAt } pageInfo { hasNextPage endCursor } } }"


async def listed(store: Any, query: str | None = None, **more: Any) -> list[str]:
    data = await store.ask(LIST, q=query, **({"n": 250} | more))
    return [node["id"] for node in data["orders"]["nodes"]]


async def test_every_answer_says_that_it_is_simulated(store: Any) -> None:
    assert (await store.send("{ shop { id } }")).headers["X-Simulated-Shopify"] == "1"
    assert (await store.client.get("/control")).headers["X-Simulated-Shopify"] == "1"
    assert (await store.client.get("/nowhere")).headers["X-Simulated-Shopify"] == "1"


async def test_a_root_field_that_is_not_simulated_says_so_loudly(store: Any) -> None:
    assert await store.codes("{ draftOrders(first: 1) { nodes { id } } }") != []
    await store.control("POST", f"/shops/{store.shop}/scopes", scopes="read_orders,read_draft_orders")
    store.token = (await store.exchange()).json()["access_token"]
    assert await store.codes("{ draftOrders(first: 1) { nodes { id } } }") == ["NOT_SIMULATED"]


async def test_a_field_that_a_record_does_not_hold_is_no_silent_null(store: Any) -> None:
    order = await store.place()
    query = "query O($id: ID!) { order(id: $id) { id customerJourneySummary { ready } } }"
    assert await store.codes(query, id=order["id"]) == ["NOT_SIMULATED"]


async def test_a_misspelt_field_fails_against_the_real_schema(store: Any) -> None:
    body = (await store.send("{ orders(first: 1) { nodes { totalPriceBag } } }")).json()
    assert "data" not in body
    assert "totalPriceBag" in body["errors"][0]["message"]


@pytest.mark.parametrize("token", ["", "shpat_unknown"])
async def test_a_wrong_token_is_401(store: Any, token: str) -> None:
    store.token = token
    assert (await store.send("{ shop { id } }")).status_code == 401


async def test_an_expired_token_is_401(store: Any) -> None:
    await store.control("POST", f"/shops/{store.shop}/expire-tokens")
    assert (await store.send("{ shop { id } }")).status_code == 401


async def test_a_frozen_shop_is_402_and_thaws(store: Any) -> None:
    await store.control("PATCH", f"/shops/{store.shop}", frozen=True)
    assert (await store.send("{ shop { id } }")).status_code == 402
    await store.control("PATCH", f"/shops/{store.shop}", frozen=False)
    assert (await store.send("{ shop { id } }")).status_code == 200


async def test_an_uninstalled_shop_is_401_and_unknown_ones_404(store: Any) -> None:
    await store.control("POST", f"/shops/{store.shop}/uninstall")
    assert (await store.send("{ shop { id } }")).status_code == 401
    store.shop = "nobody.myshopify.com"
    assert (await store.send("{ shop { id } }")).status_code == 404


@pytest.mark.parametrize(
    ("asked", "served"),
    [("2026-10", "2026-10"), ("2026-07", "2026-07"), ("2024-01", "2026-01"), ("2031-01", "2026-10")],
)
async def test_a_retired_version_falls_forward_and_the_header_tells(
    store: Any, asked: str, served: str
) -> None:
    store.version = asked
    assert (await store.send("{ shop { id } }")).headers["X-Shopify-API-Version"] == served


async def test_the_list_is_found_by_what_changed_since(store: Any) -> None:
    first, second = await store.place(), await store.place(test=True)
    assert await listed(store, "updated_at:>='2020-01-01T00:00:00Z' AND test:false") == [first["id"]]
    assert await listed(store, "updated_at:<'2020-01-01T00:00:00Z'") == []
    assert await listed(store, f"name:{second['name']}") == [second["id"]]
    assert await listed(store, "(test:true OR tag:none) -financial_status:pending") == [second["id"]]


@pytest.mark.parametrize("query", ["colour:red", "updated_at:>=yesterday", "(test:true", "AND"])
async def test_a_search_that_cannot_be_read_is_an_error(store: Any, query: str) -> None:
    assert await store.codes(LIST, q=query, n=1) == ["INVALID_SEARCH_QUERY"]


async def test_pages_go_on_where_the_last_one_ended_though_its_last_order_moved(store: Any) -> None:
    orders = [await store.place() for _ in range(5)]
    data = (await store.ask(LIST, n=2))["orders"]
    assert data["pageInfo"]["hasNextPage"]
    await store.control("PATCH", "/faults", list_lag_seconds=0)
    await asyncio.sleep(1.1)
    await store.act(orders[1], "note", note="moved to the end")
    rest = await listed(store, a=data["pageInfo"]["endCursor"])
    assert rest == [orders[2]["id"], orders[3]["id"], orders[4]["id"], orders[1]["id"]]


async def test_the_list_lags_behind_the_object(store: Any) -> None:
    await store.control("PATCH", "/faults", list_lag_seconds=60)
    order = await store.place()
    assert await listed(store) == []
    assert await store.ask(BY_ID, id=order["id"]) == {"order": {"id": order["id"]}}
    await store.control("PATCH", "/faults", list_lag_seconds=0)
    assert await listed(store) == [order["id"]]


async def test_a_new_order_may_not_be_there_yet_when_it_is_asked_for(store: Any) -> None:
    await store.control("PATCH", "/faults", object_lag_seconds=60)
    order = await store.place()
    assert await store.ask(BY_ID, id=order["id"]) == {"order": None}
    await store.control("PATCH", "/faults", object_lag_seconds=0)
    assert await store.ask(BY_ID, id=order["id"]) == {"order": {"id": order["id"]}}


async def test_a_mutation_that_needs_a_key_is_refused_without_one(store: Any) -> None:
    asked = "mutation Set($i: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $i)%s { userErrors { code } } }"
    given = {"name": "available", "reason": "correction", "quantities": []}
    assert await store.codes(asked % "", i=given) == ["BAD_REQUEST"]
    assert await store.codes(asked % ' @idempotent(key: " ")', i=given) == ["BAD_REQUEST"]
    assert await store.codes(asked % ' @idempotent(key: "a")', i=given) == []


async def test_a_deleted_order_is_gone(store: Any) -> None:
    order = await store.place()
    await store.act(order, "delete")
    assert await listed(store) == []
    nodes = await store.ask("query N($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[order["id"]])
    assert nodes == {"nodes": [None]}


def test_the_index_shows_each_state_only_after_its_lag() -> None:
    now = [100.0]
    index = SearchIndex(lag=10, clock=lambda: now[0])
    moment = "2026-11-20T10:00:00Z"
    order = {"id": "1", "createdAt": moment, "processedAt": moment, "updatedAt": moment, "test": False}
    index.note(order)
    assert list(index.visible()) == []
    now[0] = 110
    assert [entry["test"] for entry in index.visible()] == [False]
    index.note(order | {"test": True})
    now[0] = 119
    assert [entry["test"] for entry in index.visible()] == [False]
    now[0] = 120
    assert [entry["test"] for entry in index.visible()] == [True]
    index.forget("1")
    assert len(list(index.visible())) == 1
    now[0] = 130
    assert list(index.visible()) == []


async def test_more_than_250_of_anything_is_refused(store: Any) -> None:
    assert await store.codes(LIST, n=251) == ["MAX_PAGE_SIZE_EXCEEDED"]
    ids = [f"gid://shopify/Order/{n}" for n in range(251)]
    assert await store.codes("query N($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids) == [
        "MAX_INPUT_SIZE_EXCEEDED"
    ]
    many = "mutation T($id: ID!, $t: [String!]!) { tagsAdd(id: $id, tags: $t) { userErrors { message } } }"
    assert await store.codes(many, id=ids[0], t=ids) == ["MAX_INPUT_SIZE_EXCEEDED"]


async def test_a_connection_without_a_size_is_refused(store: Any) -> None:
    assert await store.codes("{ orders { nodes { id } } }") == ["BAD_REQUEST"]


async def test_personal_data_that_was_not_approved_comes_back_null_with_an_error(store: Any) -> None:
    order = await store.place(customer={"firstName": "Ida", "lastName": "Meyer", "email": "ida@example.com"})
    query = "query O($id: ID!) { order(id: $id) { id email customer { id firstName } } }"
    assert (await store.ask(query, id=order["id"]))["order"]["email"] == "ida@example.com"
    await store.control("PATCH", f"/shops/{store.shop}", withheld=["email", "name"])
    body = (await store.send(query, id=order["id"])).json()
    assert body["data"]["order"]["email"] is None
    assert body["data"]["order"]["customer"]["firstName"] is None
    assert body["data"]["order"]["id"] == order["id"]
    assert {error["extensions"]["code"] for error in body["errors"]} == {"ACCESS_DENIED"}


async def test_a_scope_that_was_not_granted_closes_its_types_until_the_next_token(store: Any) -> None:
    await store.control("POST", f"/shops/{store.shop}/scopes", scopes="read_products")
    assert await listed(store) == []
    store.token = (await store.exchange()).json()["access_token"]
    assert await store.codes(LIST, n=1) == ["ACCESS_DENIED"]
    assert await store.ask("{ productVariants(first: 1) { nodes { sku } } }")


async def test_orders_older_than_sixty_days_need_their_own_scope(store: Any) -> None:
    order = await store.place(created_days_ago=61)
    assert await listed(store) == []
    assert (await store.ask("query O($id: ID!) { order(id: $id) { id } }", id=order["id"])) == {"order": None}
    await store.control("POST", f"/shops/{store.shop}/scopes", scopes="read_orders,read_all_orders")
    store.token = (await store.exchange()).json()["access_token"]
    assert await listed(store) == [order["id"]]


async def test_an_error_after_executing_has_done_the_work(store: Any) -> None:
    order = await store.place()
    tag = "mutation Tag($id: ID!, $t: [String!]!) { tagsAdd(id: $id, tags: $t) { userErrors { message } } }"
    await store.control("POST", "/faults/next", where="graphql", kind="after", document="Tag")
    assert (await store.send(tag, id=order["id"], t=["done"])).status_code == 502
    await store.control("POST", "/faults/next", where="graphql", kind="before", document="Tag")
    assert (await store.send(tag, id=order["id"], t=["not done"])).status_code == 502
    known = await store.control("GET", f"/shops/{store.shop}/orders")
    assert known["orders"][0]["tags"] == ["done"]


async def test_injected_throttling_is_told_apart_from_real_throttling(store: Any) -> None:
    await store.control("POST", "/faults/next", where="graphql", kind="throttled")
    assert await store.codes("{ shop { id } }") == ["THROTTLED"]
    ledger = await store.control("GET", "/ledger")
    assert (ledger["throttled"], ledger["throttled_injected"]) == (0, 1)


async def test_rates_repeat_with_their_seed(store: Any) -> None:
    async def statuses() -> list[int]:
        await store.control("PATCH", "/faults", seed=11, api_error_before=0.5)
        return [(await store.send("{ shop { id } }")).status_code for _ in range(20)]

    first = await statuses()
    assert await statuses() == first
    assert {200, 502} == set(first)


async def test_an_unknown_fault_is_refused(store: Any) -> None:
    assert "webhooks_lost" in await store.refused("PATCH", "/faults", webhooks_lost=0.5)


@pytest.mark.parametrize("path", sorted(QUERIES.glob("*.graphql")), ids=lambda path: path.stem)
def test_the_products_documents_are_valid_here(path: Path, schemas: Any) -> None:
    for admin in schemas.values():
        assert validate(admin.schema, parse(path.read_text("utf-8"))) == []
