"""Look-up tables as they are worked on, and the codes an ERP takes in them, over the API."""

from __future__ import annotations

from typing import Any

from app.operations import mappings
from tests.graphql.conftest import Api
from tests.graphql.test_table_files import connection_of, did
from tests.models.world import TABLES

TABLES_QUERY = """query ($id: ID!, $names: [String!]) { mappingTables(connection: $id, names: $names) {
    revision tables { name count changed rows { name value } } } }"""
CHOICES = "query ($id: ID!, $table: String!) { tableChoices(connection: $id, table: $table) { code label } }"


def by_name(found: Any) -> dict[str, Any]:
    return {each["name"]: each for each in found["tables"]}


async def test_without_a_draft_the_tables_in_force_are_shown_and_those_that_are_empty(api: Api) -> None:
    found = await did(api, TABLES_QUERY)
    assert found["revision"] is None
    shown = by_name(found)
    assert {name: {row["name"]: row["value"] for row in each["rows"]} for name, each in shown.items()} == {
        **{name: {} for name in shown},
        **TABLES,
    }
    assert "departments" in shown
    assert not any(each["changed"] for each in shown.values())


async def test_with_a_draft_its_tables_are_shown_and_which_differ(api: Api) -> None:
    connection = await connection_of(api)
    draft = await mappings.begin(api.core, connection, by="staff:1")
    tables = {"payments": {"b": "2", "*": "1", "A": "3"}, "free:zones": {"north": "N"}}
    saved = await mappings.save(
        api.core, connection, revision=draft.head.revision, tables=tables, by="staff:1"
    )
    found = await did(api, TABLES_QUERY)
    assert found["revision"] == str(saved.head.revision)
    shown = by_name(found)
    assert [row["name"] for row in shown["payments"]["rows"]] == ["*", "A", "b"]
    assert {name for name, each in shown.items() if each["changed"]} == {"payments", "free:zones"}
    assert shown["free:zones"]["count"] == 1
    one = await did(api, TABLES_QUERY, names=["free:nobody", "payments"])
    assert [(each["name"], each["count"]) for each in one["tables"]] == [("free:nobody", 0), ("payments", 3)]


async def test_where_an_erp_lists_nothing_any_code_may_be_entered(api: Api) -> None:
    assert await did(api, CHOICES, table="items") is None
    assert await did(api, CHOICES, table="nonsense") is None


async def test_anothers_connection_has_no_tables(api: Api) -> None:
    theirs = f"gid://stockbridge/Connection/{api.theirs.joined.connection}"
    assert await did(api, TABLES_QUERY, id=theirs) is None
    assert await did(api, CHOICES, id=theirs, table="payments") is None
