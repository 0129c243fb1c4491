"""Metafields: 25 per call, all or none, compared by digest, `$app:` kept for the app; definitions and pins."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

SET = """mutation Set($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) {
    metafields { id namespace key value compareDigest } userErrors { code message elementIndex } } }"""
READ = """query Read($id: ID!) { order(id: $id) { metafield(namespace: "$app:erp", key: "document") {
    value namespace compareDigest type } metafields(first: 10) { nodes { key } } } }"""
DEFINE = """mutation Define($d: MetafieldDefinitionInput!) { metafieldDefinitionCreate(definition: $d) {
    createdDefinition { id namespace pinnedPosition } userErrors { code } } }"""
PIN = """mutation Pin($id: ID!) { metafieldDefinitionPin(definitionId: $id) {
    pinnedDefinition { pinnedPosition } userErrors { code } } }"""
DEFINITION = {"name": "ERP", "namespace": "$app:erp", "key": "document", "type": "json", "ownerType": "ORDER"}


def field(owner: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "ownerId": owner["id"],
        "namespace": "$app:erp",
        "key": "document",
        "type": "json",
        "value": "{}",
    } | more


async def written(store: Any, *fields: dict[str, Any]) -> dict[str, Any]:
    return (await store.ask(SET, m=list(fields)))["metafieldsSet"]


async def test_a_value_is_kept_in_the_apps_own_namespace(store: Any) -> None:
    order = await store.place()
    answer = await written(store, field(order, value='{"number": "SO-1"}'))
    assert answer["userErrors"] == []
    found = (await store.ask(READ, id=order["id"]))["order"]["metafield"]
    assert (found["value"], found["namespace"]) == ('{"number": "SO-1"}', "app--777--erp")
    known = (await store.control("GET", f"/shops/{store.shop}/orders"))["orders"][0]
    assert known["metafields"] == {"app--777--erp.document": '{"number": "SO-1"}'}


async def test_a_null_digest_writes_only_what_is_not_there(store: Any) -> None:
    order = await store.place()
    assert (await written(store, field(order, compareDigest=None)))["userErrors"] == []
    again = await written(store, field(order, compareDigest=None))
    assert [error["code"] for error in again["userErrors"]] == ["STALE_OBJECT"]
    right = hashlib.sha256(b"{}").hexdigest()
    assert (await written(store, field(order, compareDigest=right, value="[]")))["userErrors"] == []
    assert (await written(store, field(order, compareDigest=right)))["userErrors"][0][
        "code"
    ] == "STALE_OBJECT"


async def test_one_bad_field_and_nothing_is_written(store: Any) -> None:
    one, other = await store.place(), await store.place()
    answer = await written(store, field(one), field(other, value="{not json"))
    assert answer["metafields"] is None
    assert [(e["code"], e["elementIndex"]) for e in answer["userErrors"]] == [("INVALID_VALUE", 1)]
    assert (await store.ask(READ, id=one["id"]))["order"] == {"metafield": None, "metafields": {"nodes": []}}


@pytest.mark.parametrize(("count", "codes"), [(25, []), (26, ["LESS_THAN_OR_EQUAL_TO"])])
async def test_twenty_five_fit_into_a_call(store: Any, count: int, codes: list[str]) -> None:
    order = await store.place()
    answer = await written(store, *(field(order, key=f"key{i}") for i in range(count)))
    assert [error["code"] for error in answer["userErrors"]] == codes
    assert len((await store.ask(READ, id=order["id"]))["order"]["metafields"]["nodes"]) == (
        0 if codes else 10
    )


async def test_an_owner_that_is_gone_is_an_error(store: Any) -> None:
    order = await store.place()
    await store.act(order, "delete")
    assert (await written(store, field(order)))["userErrors"][0]["code"] == "INVALID"


async def test_without_the_scope_nothing_is_written(store: Any) -> None:
    order = await store.place()
    await store.control("POST", f"/shops/{store.shop}/scopes", scopes="read_orders")
    store.token = (await store.exchange()).json()["access_token"]
    assert (await written(store, field(order)))["userErrors"][0]["code"] == "APP_NOT_AUTHORIZED"


async def test_a_definition_is_made_once_and_gives_its_type(store: Any) -> None:
    order = await store.place()
    untyped = field(order)
    del untyped["type"]
    assert (await written(store, untyped))["userErrors"][0]["code"] == "BLANK"
    made = (await store.ask(DEFINE, d=DEFINITION))["metafieldDefinitionCreate"]
    assert made["createdDefinition"]["pinnedPosition"] is None
    again = (await store.ask(DEFINE, d=DEFINITION))["metafieldDefinitionCreate"]
    assert again == {"createdDefinition": None, "userErrors": [{"code": "TAKEN"}]}
    assert (await written(store, untyped))["userErrors"] == []
    assert (await store.ask(READ, id=order["id"]))["order"]["metafield"]["type"] == "json"


async def test_a_definition_is_pinned_at_once_or_later(store: Any) -> None:
    made = (await store.ask(DEFINE, d=DEFINITION | {"pin": True}))["metafieldDefinitionCreate"][
        "createdDefinition"
    ]
    assert made["pinnedPosition"] == 1
    other = (await store.ask(DEFINE, d=DEFINITION | {"key": "b"}))["metafieldDefinitionCreate"][
        "createdDefinition"
    ]
    assert (await store.ask(PIN, id=other["id"]))["metafieldDefinitionPin"]["pinnedDefinition"] == {
        "pinnedPosition": 2
    }
    pinned = (await store.ask(PIN, id=other["id"]))["metafieldDefinitionPin"]
    assert pinned["userErrors"] == [{"code": "ALREADY_PINNED"}]
    listed = "{ metafieldDefinitions(first: 10, ownerType: ORDER, pinnedStatus: PINNED) { nodes { key type { name } } } }"
    assert len((await store.ask(listed))["metafieldDefinitions"]["nodes"]) == 2
