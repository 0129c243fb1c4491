"""Hostile mappings over the API: whatever is sent is refused in words or taken; nothing is ever our own fault, nor slow."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.graphql.conftest import Api
from tests.graphql.test_mappings import BEGIN, did

NUL, HALF = "a\0b", "a\ud800b"
SAVE = """mutation ($id: ID!, $revision: ID!, $input: MappingDraftInput!) {
    mappingDraftSave(connection: $id, revision: $revision, input: $input) { draft { revision } userErrors { code } } }"""
PUBLISH = """mutation ($id: ID!, $revision: ID!) { mappingDraftPublish(connection: $id, revision: $revision) {
    userErrors { code } } }"""
TRY = """query ($id: ID!, $rule: JSON!, $version: String! = "current") {
    mappingRuleTry(connection: $id, rule: $rule, version: $version) { problems { message } userErrors { code } } }"""
MAP = """mutation ($id: ID!, $table: String!, $value: String!, $code: String!) {
    unmappedValueMap(connection: $id, table: $table, value: $value, code: $code) { version userErrors { code } } }"""
RATE = """mutation ($id: ID!, $rate: String!, $days: Int!) { ratesEnter(connection: $id, input: [{fromCurrency: "EUR",
    toCurrency: "USD", rate: $rate, day: "2026-11-20", goodForDays: $days}]) { userErrors { code } } }"""
RATES = (
    "mutation ($id: ID!, $csv: String!) { ratesImport(connection: $id, csv: $csv) { userErrors { code } } }"
)
CHECK = """mutation ($id: ID!, $table: String!, $csv: String!) {
    tableImportCheck(connection: $id, input: {table: $table, csv: $csv}) { token faults { line } userErrors { code } } }"""
CONFIRM = """mutation ($id: ID!, $token: String!) {
    tableImportConfirm(connection: $id, input: {table: "items", csv: "key,value"}, token: $token, publish: true) {
        userErrors { code } } }"""
FEED = "mutation ($id: ID!, $table: String!) { tableFeedSet(connection: $id, table: $table) { userErrors { code } } }"
UNFEED = "mutation ($id: ID!, $table: String!) { tableFeedRemove(connection: $id, table: $table) { userErrors { code } } }"
WHAT_IF = """mutation ($id: ID!, $version: String!, $orders: Int!) {
    whatIfStart(connection: $id, version: $version, orders: $orders) { userErrors { code } } }"""
BACK = "mutation ($id: ID!, $number: Int!) { mappingRollBack(connection: $id, number: $number) { userErrors { code } } }"
EXPORT = """query ($id: ID!, $table: String!, $version: String!) {
    tableExport(connection: $id, table: $table, version: $version) { userErrors { code } } }"""
CHOICES = "query ($id: ID!, $table: String!) { tableChoices(connection: $id, table: $table) { __typename } }"
TABLES = (
    "query ($id: ID!, $names: [String!]) { mappingTables(connection: $id, names: $names) { __typename } }"
)
LIST = "query ($id: ID!, $after: String) { unmappedValues(connection: $id, after: $after) { userErrors { code } } }"


def deep(levels: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for _ in range(levels):
        made = {"fields": [made]}
    return made


def rule(**more: Any) -> dict[str, Any]:
    return {"fields": [{"id": "r", "target": "memo", **more}]}


def condition(**test: Any) -> dict[str, Any]:
    return rule(when={"tests": [{"field": "order.name", "operator": "is", "values": ["x"], **test}]})


RULES: dict[str, Any] = {
    "a number beyond all bounds": rule(steps=[{"do": "cut", "most": 10**30}]),
    "a number just beyond": rule(steps=[{"do": "round", "places": 2**64}]),
    "no number": rule(steps=[{"do": "cut", "most": float("nan")}]),
    "a fraction": rule(steps=[{"do": "cut", "most": 1.5}]),
    "endless": rule(steps=[{"do": "cut", "most": float("inf")}]),
    "a sign that no database takes": rule(liquid=NUL),
    "half a sign": rule(start={"text": HALF}),
    "half a sign in a name": rule(**{HALF: 1}),
    "a list": [],
    "a text": "rules",
    "deep": deep(90),
    "an id that is none": {"fields": [{"id": "", "target": "memo"}]},
    "an id without end": {"fields": [{"id": "x" * 100_000, "target": "memo"}]},
    "steps without end": rule(steps=[{"do": "change", "how": "strip"}] * 40_000),
    "tests without end": rule(when={"tests": [{"field": "order.name", "operator": "empty"}] * 20_000}),
    "values without end": condition(values=["x"] * 200_000),
    "a text without end": rule(start={"text": "x" * 1_000_000}),
    "rules without end": {"fields": [{"id": str(n), "target": "memo", "liquid": "x"} for n in range(25_000)]},
    "templates without end": {
        "fields": [{"id": str(n), "target": "memo", "liquid": "{{x}}" * 790} for n in range(200)]
    },
}


async def sent(api: Api, document: str, **variables: Any) -> Any:
    """The answer's one field; halves of signs go over the wire as they are, and nothing takes long."""
    mine = f"gid://stockbridge/Connection/{api.mine.joined.connection}"
    raw = variables.pop("raw", "")
    body = json.dumps({"query": document, "variables": {"id": mine, **variables}}).replace('"RAW"', raw)
    headers = {"Authorization": f"Bearer {api.mine.session}", "Content-Type": "application/json"}
    answer = await api.client.post("/graphql", content=body, headers=headers)
    if answer.status_code == 400:
        return []
    told = answer.json()
    assert answer.status_code == 200, told
    assert "api.internal" not in [each["extensions"]["code"] for each in told.get("errors", [])]
    return next(iter(told["data"].values())) if told.get("data") else told["errors"]


def refused(payload: Any) -> bool:
    if isinstance(payload, list):
        return all(each["extensions"]["code"] for each in payload)
    return bool(payload["userErrors"] or payload.get("problems"))


@pytest.mark.parametrize("what", RULES)
async def test_rules_that_can_not_be_meant_are_refused_when_they_are_saved_and_tried(
    api: Api, what: str
) -> None:
    said = RULES[what]
    revision = (await did(api, BEGIN))["draft"]["revision"]
    stored = await sent(api, SAVE, revision=revision, input={"rules": said})
    if not refused(stored):  # a draft may hold what no version does
        assert refused(await sent(api, PUBLISH, revision=stored["draft"]["revision"]))
    one = said["fields"][0] if isinstance(said, dict) else said
    trial = await sent(api, TRY, rule=one)
    assert refused(trial) or what in {"rules without end", "templates without end"}


@pytest.mark.parametrize("text", [NUL, HALF, "", " ", "x" * 100_000, "'; DROP TABLE record; --"])
async def test_no_text_breaks_anything(api: Api, text: str) -> None:
    revision = (await did(api, BEGIN))["draft"]["revision"]
    row = {"name": "payments", "rows": [{"name": text, "value": text}]}
    for document, variables in [
        (SAVE, {"revision": revision, "input": {"note": text}}),
        (SAVE, {"revision": text, "input": {"note": "x"}}),
        (SAVE, {"revision": revision, "input": {"tables": [row]}}),
        (SAVE, {"revision": revision, "input": {"tables": [{"name": text, "rows": row["rows"]}]}}),
        (TRY, {"rule": rule()["fields"][0], "version": text}),
        (TRY, {"rule": {"id": "r", "target": text}}),
        (TRY, {"rule": {"id": "r", "target": "memo", "liquid": text}}),
        (MAP, {"table": "payments", "value": text, "code": "X"}),
        (MAP, {"table": "payments", "value": "X", "code": text}),
        (MAP, {"table": text, "value": "X", "code": "X"}),
        (RATE, {"rate": text, "days": 7}),
        (RATES, {"csv": text}),
        (RATES, {"csv": f"from,to,rate,date\n{text},USD,1,2026-11-20"}),
        (CHECK, {"table": text, "csv": "key,value\na,b"}),
        (CHECK, {"table": "items", "csv": text}),
        (CHECK, {"table": "items", "csv": f"key,value\n{text},{text}"}),
        (CONFIRM, {"token": text}),
        (FEED, {"table": text}),
        (UNFEED, {"table": text}),
        (WHAT_IF, {"version": text, "orders": 10}),
        (EXPORT, {"table": text, "version": "current"}),
        (EXPORT, {"table": "items", "version": text}),
        (CHOICES, {"table": text}),
        (TABLES, {"names": [text]}),
        (LIST, {"after": text}),
    ]:
        await sent(api, document, **variables)


@pytest.mark.parametrize("number", [0, -1, 2**31 - 1, -(2**31)])
async def test_no_number_breaks_anything(api: Api, number: int) -> None:
    assert refused(await sent(api, BACK, number=number))
    assert refused(await sent(api, WHAT_IF, version="current", orders=number))
    assert refused(await sent(api, RATE, rate="1", days=number))
    assert refused(await sent(api, WHAT_IF, version=str(number), orders=5))


async def test_a_row_that_is_given_twice_is_not_thrown_away_unseen(api: Api) -> None:
    revision = (await did(api, BEGIN))["draft"]["revision"]
    one, other = {"name": "card", "value": "A"}, {"name": "card", "value": "B"}
    for tables in (
        [{"name": "payments", "rows": [one, other]}],
        [{"name": "payments", "rows": [one]}, {"name": "payments", "rows": [one]}],
    ):
        assert refused(await sent(api, SAVE, revision=revision, input={"tables": tables}))


@pytest.mark.parametrize("variables", ["[" * 100_000, '{"a":' * 50_000 + "1" + "}" * 50_000, "1" * 10_000])
async def test_a_body_that_is_nested_without_end_is_refused(api: Api, variables: str) -> None:
    headers = {"Authorization": f"Bearer {api.mine.session}", "Content-Type": "application/json"}
    body = '{"query": "query ($a: JSON) { __typename }", "variables": ' + variables + "}"
    answer = await api.client.post("/graphql", content=body, headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize("levels", [100, 600, 900])
async def test_a_rule_that_is_nested_deeply_is_refused_however_it_is_given(api: Api, levels: int) -> None:
    said = "{fields: [" * levels + "]}" * levels
    written = TRY.replace("$rule: JSON!, ", "").replace("rule: $rule", f"rule: {said}")
    assert refused(await sent(api, written))
    raw = '{"fields": [' * levels + "]}" * levels
    assert refused(await sent(api, TRY, rule="RAW", raw=raw))
    revision = (await did(api, BEGIN))["draft"]["revision"]
    assert refused(await sent(api, SAVE, revision=revision, input={"rules": "RAW"}, raw=raw))
