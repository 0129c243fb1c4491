"""Tables as files over the API: a check changes nothing, a confirmation does what was checked or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from app.models import connections, mapping_versions
from app.models.connections import Connection
from app.operations import mappings
from tests.graphql.conftest import Api
from tests.graphql.test_unmapped import held
from tests.models.world import TABLES

EXPORT = """query ($id: ID!, $table: String!, $version: String! = "current") {
    tableExport(connection: $id, table: $table, version: $version) { csv userErrors { code field } } }"""
CHECK = """mutation ($id: ID!, $input: TableImportInput!) { tableImportCheck(connection: $id, input: $input) {
    token rows faults { line sentence } added changed removed changes { key was now } intoDraft codesKnown
    userErrors { code field } } }"""
CONFIRM = """mutation ($id: ID!, $input: TableImportInput!, $checked: String!, $publish: Boolean! = false) {
    tableImportConfirm(connection: $id, input: $input, token: $checked, publish: $publish) {
        version intoDraft userErrors { code field } } }"""
FILE = {"table": "items", "csv": "key,value\nSKU-1,A1\n@home,A2\n"}


async def did(api: Api, document: str, **variables: Any) -> Any:
    mine = f"gid://stockbridge/Connection/{api.mine.joined.connection}"
    (payload,) = (await api.ask(document, **{"id": mine, **variables})).values()
    return payload


async def tables(api: Api, number: int | None = None) -> Any:
    joined = api.mine.joined
    async with api.core.database.tenant(joined.tenant) as tx:
        at = {"tenant": joined.tenant, "connection": joined.connection}
        found = await (
            mapping_versions.published(tx, **at)
            if number is None
            else mapping_versions.one(tx, **at, number=number)
        )
    assert found is not None
    return found.tables


async def connection_of(api: Api) -> Connection:
    joined = api.mine.joined
    async with api.core.database.tenant(joined.tenant) as tx:
        found = await connections.one(tx, tenant=joined.tenant, connection=joined.connection)
    assert found is not None
    return found


async def versions(api: Api) -> int:
    return int(
        await api.owner.fetchval(
            "SELECT count(*) FROM mapping_version WHERE connection_id = $1", api.mine.joined.connection
        )
    )


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


async def test_what_was_checked_is_published_and_comes_out_again(api: Api) -> None:
    checked = await did(api, CHECK, input=FILE)
    assert (checked["rows"], checked["added"], checked["changed"], checked["removed"]) == (2, 2, 0, 0)
    assert checked["changes"][0] == {"key": "@home", "was": None, "now": "A2"}
    assert (checked["faults"], checked["intoDraft"]) == ([], False)
    assert await tables(api) == TABLES
    done = await did(api, CONFIRM, input=FILE, checked=checked["token"], publish=True)
    assert done == {"version": 2, "intoDraft": False, "userErrors": []}
    assert await tables(api) == {**TABLES, "items": {"SKU-1": "A1", "@home": "A2"}}
    out = await did(api, EXPORT, table="items")
    assert out["csv"] == "key,value\r\n'@home,A2\r\nSKU-1,A1\r\n"
    again = await did(api, CHECK, input={"table": "items", "csv": out["csv"]})
    assert (again["changes"], again["rows"]) == ([], 2)
    assert (await did(api, EXPORT, table="items", version="1"))["csv"] == "key,value\r\n"
    (audited,) = await api.owner.fetch("SELECT action, actor FROM audit_log WHERE action = 'mapping.import'")
    assert audited["actor"] == "staff:7"


async def test_what_waited_for_what_is_imported_runs_again(api: Api) -> None:
    await held(api, "items", "SKU-1", 2)
    await held(api, "items", "SKU-9", 1, first=5001)
    token = (await did(api, CHECK, input=FILE))["token"]
    await did(api, CONFIRM, input=FILE, checked=token, publish=True)
    assert await api.owner.fetchval("SELECT count(*) FROM record WHERE wanted > done AND replay = 2") == 2


async def test_ten_thousand_rows_report_each_bad_line_and_change_nothing(api: Api) -> None:
    bad = {500: "SKU-1,TWICE", 7_000: ",NO KEY", 9_999: "one cell"}
    rows = [bad.get(n, f"SKU-{n},ITEM-{n}") for n in range(1, 10_001)]
    given = {"table": "items", "csv": "key,value\n" + "\n".join(rows)}
    checked = await did(api, CHECK, input=given)
    assert [each["line"] for each in checked["faults"]] == [501, 7_001, 10_000]
    assert (checked["token"], checked["changes"]) == (None, [])
    forged = await did(api, CONFIRM, input=given, checked="1." + "0" * 64, publish=True)
    assert codes(forged) == ["table.not_checked"]
    assert await tables(api) == TABLES
    good = {"table": "items", "csv": "key,value\n" + "\n".join(f"SKU-{n},I-{n}" for n in range(10_000))}
    token = (await did(api, CHECK, input=good))["token"]
    assert (await did(api, CONFIRM, input=good, checked=token, publish=True))["version"] == 2
    assert len((await tables(api))["items"]) == 10_000


async def test_it_goes_into_the_draft_where_there_is_one(api: Api) -> None:
    await mappings.begin(api.core, await connection_of(api), by="test")
    checked = await did(api, CHECK, input={**FILE, "merge": True})
    assert checked["intoDraft"]
    done = await did(api, CONFIRM, input={**FILE, "merge": True}, checked=checked["token"], publish=True)
    assert done == {"version": None, "intoDraft": True, "userErrors": []}
    assert (await tables(api, 0))["items"] == {"SKU-1": "A1", "@home": "A2"}
    assert await tables(api) == TABLES
    again = await did(api, CONFIRM, input={**FILE, "merge": True}, checked=checked["token"])
    assert codes(again) == ["table.overtaken"]


async def test_a_merge_keeps_what_the_file_does_not_name(api: Api) -> None:
    given = {"table": "special", "csv": "key;value\nTIP;TIP2\n", "merge": True}
    checked = await did(api, CHECK, input=given)
    assert checked["changes"] == [{"key": "TIP", "was": "TIP", "now": "TIP2"}]
    await did(api, CONFIRM, input=given, checked=checked["token"], publish=True)
    assert (await tables(api))["special"]["gift_card"] == "GIFT"
    whole = await did(api, CHECK, input={**given, "merge": False})
    assert (whole["changed"], whole["removed"]) == (0, 7)


async def test_another_file_or_another_version_in_between_is_refused(api: Api) -> None:
    token = (await did(api, CHECK, input=FILE))["token"]
    other = {**FILE, "csv": FILE["csv"] + "MORE,X\n"}
    assert codes(await did(api, CONFIRM, input=other, checked=token, publish=True)) == ["table.not_checked"]
    merged = {**FILE, "merge": True}
    assert codes(await did(api, CONFIRM, input=merged, checked=token, publish=True)) == ["table.not_checked"]
    assert codes(await did(api, CONFIRM, input=FILE, checked=token)) == ["table.no_draft"]
    connection = await connection_of(api)
    async with api.core.database.tenant(connection.tenant) as tx:
        await connections.publish(
            tx, tenant=connection.tenant, connection=connection.id, tables=TABLES, by="other"
        )
    assert codes(await did(api, CONFIRM, input=FILE, checked=token, publish=True)) == ["table.overtaken"]
    fresh = (await did(api, CHECK, input=FILE))["token"]
    await mappings.begin(api.core, connection, by="test")
    assert codes(await did(api, CONFIRM, input=FILE, checked=fresh, publish=True)) == ["table.overtaken"]
    assert (await versions(api), await tables(api)) == (3, TABLES)


@pytest.mark.parametrize("token", ["", ".", "x", "1", "0.", "r.0", "99999999999999999999.0"])
async def test_a_token_that_is_none_is_refused(api: Api, token: str) -> None:
    assert codes(await did(api, CONFIRM, input=FILE, checked=token, publish=True)) == ["table.not_checked"]


async def test_a_table_or_a_version_nobody_knows_is_refused(api: Api) -> None:
    assert codes(await did(api, CHECK, input={**FILE, "table": "moods"})) == ["mapping.no_table"]
    assert codes(await did(api, EXPORT, table="moods")) == ["mapping.no_table"]
    assert codes(await did(api, EXPORT, table="items", version="9")) == ["mapping.unknown"]
    assert (await did(api, CHECK, input={**FILE, "table": "free:zones"}))["token"]


async def test_a_token_of_the_api_that_may_only_read_exports_and_imports_nothing(api: Api) -> None:
    token, mine = await api.mine.token("read_records"), api.mine.joined.connection
    given = {"id": f"gid://stockbridge/Connection/{mine}", "input": FILE}
    assert await api.refused(CHECK, **given, token=token) == ["api.scope_missing"]
    assert (await api.ask(EXPORT, id=given["id"], table="taxes", token=token))["tableExport"]["csv"]
