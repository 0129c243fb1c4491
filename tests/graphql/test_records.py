"""Records by keys: in the order of the keys, by each kind of key, in as many statements for a hundred as for one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql.conftest import Api

BY_KEYS = """query ($keys: [String!]!, $by: RecordKey! = STORE_KEY, $kind: RecordKind! = ORDER, $connection: ID) {
    records(keys: $keys, by: $by, kind: $kind, connection: $connection) { key records {
        kind storeKey name state hostNumber reason { code sentence } connection { name } order { id name } } } }"""


async def found(api: Api, *keys: str, **more: Any) -> dict[str, list[Any]]:
    answer = (await api.ask(BY_KEYS, keys=list(keys), **more))["records"]
    assert [each["key"] for each in answer] == list(keys)
    return {each["key"]: each["records"] for each in answer}


async def test_each_key_is_answered_in_its_place(api: Api) -> None:
    await api.orders(3)
    answer = await found(api, "1003", "nobody", "1001")
    assert [record["storeKey"] for record in answer["1003"]] == ["1003"]
    assert answer["nobody"] == []
    (record,) = answer["1001"]
    assert (record["kind"], record["name"], record["state"], record["hostNumber"]) == (
        "ORDER", "#1001", "SETTLED", "SO1001",
    )  # fmt: skip
    assert record["order"]["name"] == "#1001"


@pytest.mark.parametrize(("by", "key"), [("NAME", "#1002"), ("HOST_NUMBER", "SO1002"), ("STORE_KEY", "1002")])
async def test_a_record_is_found_by_what_another_system_knows_of_it(api: Api, by: str, key: str) -> None:
    await api.orders(3)
    assert [record["storeKey"] for record in (await found(api, key, by=by))[key]] == ["1002"]


async def test_why_one_is_held_stands_beside_it(api: Api) -> None:
    await api.orders(1, state="held", code="item.unknown", sentence="No item A.", verdict="needs_mapping")
    (record,) = (await found(api, "1001"))["1001"]
    assert record["reason"] == {"code": "item.unknown", "sentence": "No item A."}


async def test_other_kinds_and_other_connections_are_told_apart(api: Api) -> None:
    await api.orders(1)
    await api.orders(1, of=api.theirs)
    await api.owner.execute("UPDATE record SET kind = 'refund' WHERE tenant_id = $1", api.mine.joined.tenant)
    assert (await found(api, "1001"))["1001"] == []
    (refund,) = (await found(api, "1001", kind="REFUND"))["1001"]
    assert (refund["kind"], refund["order"]) == ("REFUND", None)
    theirs = f"gid://stockbridge/Connection/{api.theirs.joined.connection}"
    assert (await found(api, "1001", kind="REFUND", connection=theirs))["1001"] == []


async def test_a_hundred_keys_take_as_many_statements_as_one(api: Api) -> None:
    await api.orders(100)
    said = []
    for keys in (["1001"], [str(n) for n in range(1001, 1101)]):
        api.counted.said.clear()
        assert all((await found(api, *keys)).values())
        said.append(len(api.counted.said))
    assert said[0] == said[1]


@pytest.mark.parametrize("keys", [[str(n) for n in range(101)], ["x" * 301]])
async def test_more_than_can_be_answered_is_refused(api: Api, keys: list[str]) -> None:
    assert await api.refused(BY_KEYS, keys=keys) == ["page.size"]


async def test_keys_count_as_the_entries_of_a_page_do(api: Api) -> None:
    deep = "records { order { timeline(first: 100) { nodes { sentence code } } } }"
    dear = f"query ($keys: [String!]!) {{ records(keys: $keys) {{ {deep} }} }}"
    assert (await api.ask(dear, keys=["1001"]))["records"]
    assert await api.refused(dear, keys=[str(n) for n in range(100)]) == ["api.too_dear"]
