"""How much one request may ask for: each way of asking for too much is refused before anything of it runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.graphql.door import MOST_BYTES, PATH
from app.graphql.limits import TOKENS
from app.graphql.schema import make
from app.graphql.shape import ALIASES, DEPTH
from tests.graphql.conftest import Api

SHOP = "{ shop { domain organisation { name } } }"


def nested(levels: int) -> str:
    """A document of so many levels."""
    return "{ shop " + "{ organisation { shops " * levels + "{ id }" + " } }" * levels + " }"


DEEP = nested(DEPTH // 2 + 1)
ALIASED = "{" + " ".join(f"a{number}: shop {{ id }}" for number in range(ALIASES + 1)) + "}"
LONG = "{ shop { " + "id " * TOKENS + "} }"
PAGES = "{ orders(first: 100) { nodes { timeline(first: 100) { nodes { sentence } } } } }"
BY_THE_SCHEMA = "{ orders(first: 100) { nodes { timeline { nodes { id at kind sentence code } } } } }"
IN_A_FRAGMENT = (
    "{ orders(first: 100) { nodes { ...All } } }"
    " fragment All on Order { timeline(first: 100) { nodes { sentence } } }"
)
BOMB = "{ ...F0 } " + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(100))
BOMB += " fragment F100 on Query { __typename }"
ALIASED_IN_FRAGMENTS = "{ ...A } fragment A on Query { ...B ...B ...B ...B } fragment B on Query {"
ALIASED_IN_FRAGMENTS += " ".join(f"a{number}: shop {{ id }}" for number in range(ALIASES // 3)) + "}"
MISSING = "{ shop { organisation { ...Nowhere } } }"
CIRCLE = "{ shop { ...A } } fragment A on Shop { organisation { shops { ...A } } }"
LONG_NUMBER = "{ orders(first: " + "9" * 5_000 + ") { nodes { id } } }"
INTROSPECTION = (
    "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        pytest.param(DEEP, "api.document", id="deep"),
        pytest.param(ALIASED, "api.document", id="wide by aliases"),
        pytest.param(LONG, "api.document", id="long"),
        pytest.param(PAGES, "api.too_dear", id="pages within pages"),
        pytest.param(BY_THE_SCHEMA, "api.too_dear", id="a page whose length is the schema's"),
        pytest.param(IN_A_FRAGMENT, "api.too_dear", id="in a fragment"),
        pytest.param(BOMB, "api.too_dear", id="a fragment that doubles itself a hundred times"),
        pytest.param(ALIASED_IN_FRAGMENTS, "api.document", id="wide by aliases in fragments"),
        pytest.param(MISSING, "api.document", id="a fragment that is not there"),
        pytest.param(CIRCLE, "api.document", id="a fragment within itself"),
        pytest.param('{ orders(query: "a\\u0000b") { nodes { id } } }', "api.document", id="a NUL"),
        pytest.param(INTROSPECTION, "api.document", id="the schema's types within types"),
        pytest.param("{ shop { secrets } }", "api.document", id="a field that is not there"),
    ],
)
async def test_too_much_at_once_is_refused_before_anything_runs(api: Api, document: str, code: str) -> None:
    api.counted.said.clear()
    assert set(await api.refused(document)) == {code}
    assert not any("FROM record" in said or "FROM tenant" in said for said in api.counted.said)


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
async def test_no_text_holds_what_a_database_has_no_place_for_but_a_files_lines_say_so_themselves(
    api: Api, text: str
) -> None:
    mine = f"gid://stockbridge/Connection/{api.mine.joined.connection}"

    async def said(document: str, **variables: object) -> dict[str, Any]:
        body = json.dumps({"query": document, "variables": {"id": mine, **variables}})
        headers = {"Authorization": f"Bearer {api.mine.session}", "Content-Type": "application/json"}
        return dict((await api.client.post(PATH, content=body, headers=headers)).json())

    searched = await said("query ($words: String) { orders(query: $words) { nodes { id } } }", words=text)
    assert [error["extensions"]["code"] for error in searched["errors"]] == ["api.document"]
    check = """mutation ($id: ID!, $input: TableImportInput!) {
        tableImportCheck(connection: $id, input: $input) { faults { line } } }"""
    checked = await said(check, input={"table": "items", "csv": f"key,value\n{text},A\n"})
    assert [fault["line"] for fault in checked["data"]["tableImportCheck"]["faults"]] == [2]


async def test_a_number_longer_than_numbers_are_is_no_fault_of_ours(api: Api) -> None:
    assert set(await api.refused(LONG_NUMBER)) == {"api.document", "api.too_dear"}


async def test_a_variable_counts_with_its_value_and_not_with_its_default(api: Api) -> None:
    document = "query ($most: Int = 1) { orders(first: $most) { nodes { timeline(first: 100) { nodes { sentence } } } } }"
    assert (await api.ask(document))["orders"]["nodes"] == []
    assert await api.refused(document, most=100) == ["api.too_dear"]


@pytest.mark.parametrize("first", [0, -1, 101, 1_000_000])
async def test_no_page_is_longer_than_pages_are(api: Api, first: int) -> None:
    for field in ("orders { nodes { id } }", "runs { nodes { id } }"):
        document = "{ " + field.replace(" ", f"(first: {first}) ", 1) + " }"
        assert (await api.refused(document))[0] in {"page.size", "api.too_dear"}


async def test_a_body_that_no_document_needs_is_not_read_to_its_end(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.mine.session}"}
    body = {"query": "#" * MOST_BYTES + SHOP}
    assert (await api.client.post(PATH, json=body, headers=headers)).status_code == 413


async def test_a_batch_is_refused(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.mine.session}"}
    answer = await api.client.post(PATH, json=[{"query": SHOP}, {"query": SHOP}], headers=headers)
    assert answer.status_code == 400
    assert api.mine.joined.domain not in answer.text


async def test_what_a_page_or_a_tool_fairly_asks_for_is_let_through(api: Api) -> None:
    fair = "{ orders(first: 50) { nodes { id connection { name } timeline(first: 20) { nodes { sentence } } } } }"
    assert (await api.ask(fair))["orders"]["nodes"] == []
    assert (await api.ask(nested(DEPTH // 2 - 1)))["shop"]


async def test_a_server_may_keep_its_schema_to_itself() -> None:
    said = await make(introspection=False).execute("{ __schema { queryType { name } } }")
    assert said.errors
    assert said.errors[0].extensions == {"code": "api.document"}
    asked = await make().execute("{ __schema { queryType { name } } }")
    assert (asked.errors, asked.data) == (None, {"__schema": {"queryType": {"name": "Query"}}})


async def test_who_may_come_in_may_read_the_schema_and_nobody_else(api: Api) -> None:
    document = "{ __schema { queryType { fields { name } } } }"
    assert (await api.ask(document))["__schema"]["queryType"]["fields"]
    assert (await api.client.post(PATH, json={"query": document})).status_code == 401
