"""What calls cost: the fitted formula, the bucket, THROTTLED, and the limit on one query."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.bucket import Bucket
from sandbox.cost import factor


async def cost(store: Any, query: str, **variables: Any) -> tuple[int, int]:
    body = (await store.send(query, **variables)).json()
    found = body["extensions"]["cost"]
    return found["requestedQueryCost"], found["actualQueryCost"]


@pytest.mark.parametrize(("size", "points"), [(1, 3), (10, 6), (50, 9), (100, 11), (250, 13)])
async def test_a_connection_grows_with_the_logarithm_of_its_page(store: Any, size: int, points: int) -> None:
    requested, _ = await cost(store, "query L($n: Int!) { orders(first: $n) { nodes { id } } }", n=size)
    assert requested == points
    assert factor(size) + 2 == points


async def test_edges_cursors_and_page_info_are_free(store: Any) -> None:
    query = "{ orders(first: 10) { edges { cursor node { id name } } pageInfo { hasNextPage endCursor } } }"
    assert (await cost(store, query))[0] == 6


async def test_nested_connections_multiply(store: Any) -> None:
    query = "{ orders(first: 10) { nodes { id lineItems(first: 10) { nodes { id } } } } }"
    assert (await cost(store, query))[0] == 2 + 4 * (1 + 6)


async def test_objects_cost_one_and_money_and_addresses_nothing(store: Any) -> None:
    order = await store.place(customer={"email": "a@example.com"}, shipping_address={"city": "Kiel"})
    query = """query O($id: ID!) { order(id: $id) { id customer { id } shippingAddress { city }
        totalPriceSet { shopMoney { amount } presentmentMoney { amount currencyCode } } } }"""
    assert await cost(store, query, id=order["id"]) == (2, 2)


async def test_the_actual_cost_is_for_what_came_back(store: Any) -> None:
    await store.place()
    requested, actual = await cost(store, "{ orders(first: 250) { nodes { id customer { id } } } }")
    assert (requested, actual) == (2 + 11 * 2, 3)
    missing = '{ order(id: "gid://shopify/Order/1") { id customer { id } } }'
    assert await cost(store, missing) == (2, 0)


async def test_a_mutation_costs_ten_and_its_payloads_direct_objects_nothing(store: Any) -> None:
    order = await store.place()
    field = {
        "ownerId": order["id"],
        "namespace": "$app:erp",
        "key": "document",
        "type": "json",
        "value": "{}",
    }
    query = """mutation M($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m)
        { metafields { id compareDigest } userErrors { code message } } }"""
    assert await cost(store, query, m=[field]) == (10, 10)
    assert await cost(store, query, m=[field | {"compareDigest": "wrong"}]) == (10, 10)


async def test_of_a_union_the_dearest_type_counts(store: Any) -> None:
    query = """{ order(id: "gid://shopify/Order/1") { purchasingEntity {
        ... on Customer { id } ... on PurchasingCompany { company { id } location { id } } } } }"""
    assert (await cost(store, query))[0] == 1 + 1 + 2


async def test_nodes_are_paid_one_by_one(store: Any) -> None:
    ids = [(await store.place())["id"] for _ in range(3)]
    query = "query N($ids: [ID!]!) { nodes(ids: $ids) { id ... on Order { updatedAt } } }"
    assert await cost(store, query, ids=[*ids, "gid://shopify/Order/1"]) == (4, 3)


async def test_a_query_over_a_thousand_points_is_refused_before_it_runs(store: Any) -> None:
    deep = "{ orders(first: 250) { nodes { lineItems(first: 250) { nodes { id variant { id product { id } } "
    deep += "discountAllocations { discountApplication { index } } taxLines { rate } duties { id taxLines { rate } }"
    deep += " customAttributes { key } } } } } }"
    assert await store.codes(deep) == ["MAX_COST_EXCEEDED"]
    assert (await store.control("GET", f"/shops/{store.shop}"))["bucket"]["currentlyAvailable"] == 2000


async def test_an_empty_bucket_answers_200_and_throttled(store: Any) -> None:
    await store.control("PATCH", f"/shops/{store.shop}", bucket={"maximum": 20, "restore_rate": 0})
    listed = "query List { orders(first: 250) { nodes { id } } }"
    assert "data" in (await store.send(listed)).json()
    for _ in range(20):
        last = await store.send("{ shop { id } }")
    body = last.json()
    assert last.status_code == 200
    assert body["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert body["extensions"]["cost"]["actualQueryCost"] is None
    assert body["extensions"]["cost"]["throttleStatus"]["maximumAvailable"] == 20
    ledger = await store.control("GET", "/ledger")
    assert ledger["throttled"] > 0
    assert ledger["by_document"]["List"] == 1


def test_the_bucket_takes_what_was_asked_gives_back_the_rest_and_restores_by_the_clock() -> None:
    now = [0.0]
    bucket = Bucket(clock=lambda: now[0])
    assert bucket.take(1000)
    bucket.give_back(990)
    assert bucket.available == 1990
    assert bucket.take(1990)
    assert not bucket.take(1)
    now[0] += 5
    assert bucket.available == 500
    now[0] += 60
    assert bucket.available == 2000
