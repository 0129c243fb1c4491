"""Unmapped values over the API: what records lack, how many wait, what they come to; page after page."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.models import connections, mapping_versions
from app.operations import mappings
from tests.graphql.conftest import Api, Tenant
from tests.models.world import TABLES

LIST = """
query ($id: ID!, $first: Int = 25, $after: String) { unmappedValues(connection: $id, first: $first, after: $after) {
  nodes { table value code since records { count precision } moneyWaiting { amount currency } explanation { verdict } }
  pageInfo { hasNextPage endCursor } userErrors { code } } }
"""


async def held(
    api: Api, table: str, value: str, count: int, *, of: Tenant | None = None, first: int = 1001
) -> None:
    whose = of or api.mine
    code = "mapping.payment_missing"
    ids = await api.orders(count, of=whose, state="held", code=code, verdict="needs_mapping", first=first)
    await api.owner.execute(
        "INSERT INTO unmapped (tenant_id, connection_id, record_id, table_name, key, value, code)"
        " SELECT $1, $2, r, $4, lower($5), $5, $6 FROM unnest($3::uuid[]) r",
        whose.joined.tenant,
        whose.joined.connection,
        ids,
        table,
        value,
        code,
    )


def gid(whose: Tenant) -> str:
    return f"gid://stockbridge/Connection/{whose.joined.connection}"


async def test_each_value_says_how_many_wait_for_it_and_what_they_come_to(api: Api) -> None:
    await held(api, "payments", "Barter", 37)
    found = (await api.ask(LIST, id=gid(api.mine)))["unmappedValues"]
    (node,) = found["nodes"]
    assert node.pop("since")
    assert node == {
        "table": "payments",
        "value": "Barter",
        "code": "mapping.payment_missing",
        "records": {"count": 37, "precision": "EXACT"},
        "moneyWaiting": [{"amount": "388.50", "currency": "EUR"}],
        "explanation": {"verdict": "NEEDS_MAPPING"},
    }
    assert found["userErrors"] == []


async def test_the_pages_hold_every_value_once(api: Api) -> None:
    for place, value in enumerate(("a", "b", "c")):
        await held(api, "payments", value, 1, first=2001 + place)
    await held(api, "taxes", "a", 1, first=3001)
    seen, after = [], None
    for _ in range(4):
        page = (await api.ask(LIST, id=gid(api.mine), first=2, after=after))["unmappedValues"]
        seen += [(each["table"], each["value"]) for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [("payments", "a"), ("payments", "b"), ("payments", "c"), ("taxes", "a")]


async def test_another_organisations_connection_is_unknown(api: Api) -> None:
    await held(api, "payments", "Barter", 1, of=api.theirs)
    found = (await api.ask(LIST, id=gid(api.theirs)))["unmappedValues"]
    assert (found["nodes"], found["userErrors"]) == ([], [{"code": "connection.unknown"}])


async def test_a_list_takes_as_many_statements_for_fifty_values_as_for_one(api: Api) -> None:
    for n in range(12):
        await held(api, "payments", f"value {n:02}", 2, first=2001 + 10 * n)
    spent = {}
    for first in (1, 50):
        api.counted.said.clear()
        await api.ask(LIST, id=gid(api.mine), first=first)
        spent[first] = len(api.counted.said)
    assert spent[50] == spent[1] <= 4


async def test_a_token_without_the_scope_reads_nothing(api: Api) -> None:
    token = await api.mine.token("read_status")
    assert await api.refused(LIST, id=gid(api.mine), token=token) == ["api.scope_missing"]


MAP = """
mutation ($id: ID!, $table: String!, $value: String!, $code: String!) {
  unmappedValueMap(connection: $id, table: $table, value: $value, code: $code) { version records userErrors { code field } } }
"""


async def mapped(api: Api, value: str, code: str, table: str = "payments", **more: Any) -> Any:
    given = {"id": gid(api.mine), "table": table, "value": value, "code": code}
    return (await api.ask(MAP, **{**given, **more}))["unmappedValueMap"]


async def in_force(api: Api) -> mapping_versions.Version:
    joined = api.mine.joined
    async with api.core.database.tenant(joined.tenant) as tx:
        found = await mapping_versions.published(tx, tenant=joined.tenant, connection=joined.connection)
    assert found is not None
    return found


async def test_one_entry_has_all_that_wait_for_it_run_again_and_nothing_else(api: Api) -> None:
    await held(api, "payments", "Barter", 37)
    await held(api, "payments", "Other", 2, first=5001)
    assert await mapped(api, "Barter", " SWAP ") == {"version": 2, "records": 37, "userErrors": []}
    assert (await in_force(api)).tables == {**TABLES, "payments": {"*": "BANK", "Barter": "SWAP"}}
    due = await api.owner.fetch(
        "SELECT DISTINCT wanted - done AS runs, replay FROM record WHERE due_at <= now()"
    )
    assert [tuple(row) for row in due] == [(1, 2)]
    assert await api.owner.fetchval("SELECT count(*) FROM record WHERE due_at <= now()") == 37
    (audited,) = await api.owner.fetch("SELECT actor, action, facts FROM audit_log")
    assert (audited["actor"], audited["action"]) == ("staff:7", "mapping.map")
    assert '"records": "37"' in audited["facts"]


async def test_a_tables_default_answers_for_everything_that_waits_for_the_table(api: Api) -> None:
    await held(api, "payments", "Barter", 2)
    await held(api, "payments", "Other", 3, first=5001)
    await held(api, "taxes", "Other", 1, first=6001)
    assert (await mapped(api, "*", "ANY"))["records"] == 5


async def test_the_same_word_twice_maps_it_once(api: Api) -> None:
    await held(api, "payments", "Barter", 2)
    await mapped(api, "Barter", "SWAP")
    assert await mapped(api, "BARTER", "SWAP") == {"version": 2, "records": 0, "userErrors": []}
    assert "Barter" in (await in_force(api)).tables["payments"]


async def test_two_at_once_lose_nothing(api: Api) -> None:
    values = [f"Method {n}" for n in range(6)]
    done = await asyncio.gather(*(mapped(api, value, "CC") for value in values))
    assert sorted(each["version"] for each in done) == [2, 3, 4, 5, 6, 7]
    assert set((await in_force(api)).tables["payments"]) == {"*", *values}


async def test_a_draft_has_the_entry_too_and_keeps_what_else_it_says(api: Api) -> None:
    joined = api.mine.joined
    async with api.core.database.tenant(joined.tenant) as tx:
        connection = await connections.one(tx, tenant=joined.tenant, connection=joined.connection)
    assert connection is not None
    begun = await mappings.begin(api.core, connection, by="test")
    await mappings.save(
        api.core, connection, revision=begun.head.revision, tables={"classes": {"*": "WEB"}}, by="test"
    )
    await mapped(api, "Barter", "SWAP")
    draft = await mappings.draft(api.core, connection)
    assert draft is not None
    assert draft.tables["payments"] == {"*": "BANK", "Barter": "SWAP"}
    assert draft.tables["classes"] == {"*": "WEB"}
    assert "classes" not in (await in_force(api)).tables


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"table": "moods"}, "mapping.no_table"),
        ({"code": "  "}, "mapping.malformed"),
        ({"value": "x" * 501}, "mapping.malformed"),
        ({"id": "gid://stockbridge/Connection/nobody"}, "connection.unknown"),
    ],
)
async def test_what_can_not_be_mapped_changes_nothing(api: Api, given: dict[str, str], code: str) -> None:
    refused = await mapped(api, **{"value": "Barter", "code": "SWAP", **given})
    assert [error["code"] for error in refused["userErrors"]] == [code]
    assert (refused["version"], refused["records"]) == (None, None)
    assert (await in_force(api)).head.number == 1


async def test_a_token_that_may_only_read_maps_nothing(api: Api) -> None:
    token = await api.mine.token("read_records")
    given = {"id": gid(api.mine), "table": "payments", "value": "Barter", "code": "SWAP"}
    assert await api.refused(MAP, **given, token=token) == ["api.scope_missing"]
    assert (await in_force(api)).head.number == 1
