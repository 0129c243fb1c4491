"""A version that is put in force, a draft or an earlier one: what was held for something it says runs again, nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from app.models import mapping_versions
from tests.graphql.conftest import Api
from tests.graphql.test_mappings import BEGIN, did, saved, table
from tests.graphql.test_unmapped import held
from tests.models.world import TABLES

PUBLISH = """mutation ($id: ID!, $revision: ID!) { mappingDraftPublish(connection: $id, revision: $revision) {
    version { number } records userErrors { code } } }"""
BACK = """mutation ($id: ID!, $number: Int!) { mappingRollBack(connection: $id, number: $number) {
    version { number } records userErrors { code } } }"""
DUE = """
SELECT r.reference, r.wanted - r.done AS runs, r.replay FROM record r WHERE r.due_at <= now() ORDER BY r.reference
"""


def gate(id: str = "dear", above: str = "5000") -> dict[str, Any]:
    tests = [{"field": "order.total", "operator": "above", "values": [above]}]
    return {"id": id, "when": {"tests": tests}, "do": "hold", "sentence": "Look at it."}


def rule(id: str, target: str = "department", text: str = "WEB") -> dict[str, Any]:
    return {"id": id, "target": target, "start": {"text": text}}


async def in_force(api: Api, **rules: Any) -> int:
    joined = api.mine.joined
    async with api.core.database.tenant(joined.tenant) as tx:
        return await mapping_versions.publish(
            tx,
            tenant=joined.tenant,
            connection=joined.connection,
            tables=TABLES,
            rules=rules,
            note="",
            by="t",
        )


async def held_by(
    api: Api, rule: str, count: int, *, first: int = 1001, code: str = "order.held_by_rule"
) -> None:
    ids = await api.orders(count, state="held", code=code, verdict="look_first", first=first)
    await api.owner.execute(
        "UPDATE record SET reason_facts = jsonb_build_object('rule', $2::text) WHERE id = ANY ($1)", ids, rule
    )


async def published(api: Api, *tables: dict[str, Any], **said: Any) -> Any:
    """The draft with these changes, put in force."""
    draft = (await saved(api, (await did(api, BEGIN))["draft"]["revision"], *tables, **said))["draft"]
    return await did(api, PUBLISH, revision=draft["revision"])


async def due(api: Api) -> list[tuple[str, int, int | None]]:
    return [tuple(row) for row in await api.owner.fetch(DUE)]


async def test_a_published_draft_has_what_waits_for_its_entries_run_again_under_it_and_nothing_else(
    api: Api,
) -> None:
    await held(api, "payments", "Barter", 2)
    await held(api, "payments", "Other", 1, first=2001)
    await held(api, "taxes", "VAT@0.2", 1, first=3001)
    await held_by(api, "dear", 1, first=4001)
    answer = await published(api, table("payments", **{"*": "BANK", "barter": "SWAP"}))
    assert (answer["version"], answer["records"]) == ({"number": 2}, 2)
    assert await due(api) == [("#1001", 1, 2), ("#1002", 1, 2)]
    again = await did(api, PUBLISH, revision="00000000-0000-0000-0000-000000000000")
    assert (again["version"], again["records"]) == (None, None)


async def test_going_back_has_what_the_earlier_version_answers_run_again(api: Api) -> None:
    await in_force(api, gates=[gate()])
    await held_by(api, "dear", 3)
    await held_by(api, "other", 1, first=2001)
    answer = await did(api, BACK, number=1)
    assert (answer["version"], answer["records"]) == ({"number": 3}, 3)
    assert await due(api) == [("#1001", 1, 3), ("#1002", 1, 3), ("#1003", 1, 3)]


@pytest.mark.parametrize(
    ("fields", "gates", "expected"),
    [
        ([rule("dept")], [gate(above="9000")], ["#1001"]),
        ([rule("dept", text="SHOP")], [gate()], ["#2001"]),
        ([rule("first"), rule("dept")], [gate()], ["#2001"]),
        ([rule("dept"), rule("class", "class")], [gate(), gate("cheap")], []),
        ([], [], ["#1001", "#2001"]),
    ],
    ids=["the gate", "the rule", "one before it", "others", "all gone"],
)
async def test_a_rule_that_is_another_or_gone_answers_for_what_it_held(
    api: Api, fields: list[Any], gates: list[Any], expected: list[str]
) -> None:
    await in_force(api, fields=[rule("dept")], gates=[gate()])
    await held_by(api, "dear", 1)
    await held_by(api, "dept", 1, first=2001, code="rule.wrong_type")
    answer = await published(api, rules={"fields": fields, "gates": gates}, note="Changed.")
    assert (answer["userErrors"], answer["records"]) == ([], len(expected))
    assert [row[0] for row in await due(api)] == expected


@pytest.mark.parametrize(
    ("fields", "gates", "expected"),
    [
        ([rule("dept", text="SHOP")], [gate()], ["#1001", "#1002"]),
        ([rule("first", text="SHOP"), rule("dept")], [gate()], ["#1001", "#1002"]),
        ([], [gate()], ["#1001", "#1002"]),
        ([rule("dept")], [gate(above="9000")], []),
    ],
    ids=["another code", "one before it", "gone", "a gate alone"],
)
async def test_an_order_whose_code_the_erp_refused_runs_again_when_the_rules_that_give_codes_are_others(
    api: Api, fields: list[Any], gates: list[Any], expected: list[str]
) -> None:
    await in_force(api, fields=[rule("dept")], gates=[gate()])
    await refused(api, "special", 1)
    await refused(api, "payments", 1, first=1002)
    await refused(api, "items", 1, first=2001)
    await held_by(api, "dear", 1, first=3001)
    answer = await published(api, rules={"fields": fields, "gates": gates}, note="Changed.")
    assert (answer["userErrors"], [row[0] for row in await due(api) if row[0] != "#3001"]) == ([], expected)


async def test_what_the_erp_was_told_of_keeps_the_rules_it_was_told_by(api: Api) -> None:
    await in_force(api, fields=[rule("dept")])
    await refused(api, "special", 2)
    await api.owner.execute("UPDATE record SET told = '{}' WHERE reference = '#1001'")
    answer = await published(api, rules={"fields": [rule("dept", text="SHOP")]}, note="Changed.")
    assert (answer["userErrors"], [row[0] for row in await due(api)]) == ([], ["#1002"])


async def refused(api: Api, table: str, count: int, *, first: int = 1001) -> None:
    """The ERP does not know a code; what gave it is not told."""
    ids = await api.orders(
        count, state="held", code="mapping.code_refused", verdict="needs_mapping", first=first
    )
    await api.owner.execute(
        "UPDATE record SET reason_facts = jsonb_build_object('table', $2::text, 'code', 'GONE') WHERE id = ANY ($1)",
        ids,
        table,
    )


async def test_an_entry_that_goes_away_answers_where_a_default_takes_its_place(api: Api) -> None:
    await held(api, "payments", "Barter", 1)
    await held(api, "taxes", "VAT@0.2", 1, first=2001)
    await held(api, "items", "CUP", 1, first=3001)
    joined = api.mine.joined
    wrong = {
        "payments": {"Barter": "GONE", "*": "BANK"},
        "taxes": {"VAT@0.2": "GONE"},
        "items": {"cup": "GONE"},
    }
    async with api.core.database.tenant(joined.tenant) as tx:
        await mapping_versions.publish(
            tx, tenant=joined.tenant, connection=joined.connection, tables=wrong, rules={}, note="", by="t"
        )
    answer = await published(api, table("payments", **{"*": "BANK"}), table("taxes"), table("items"))
    assert answer["records"] == 2
    assert [row[0] for row in await due(api)] == ["#1001", "#3001"]


async def test_thousands_are_made_due_a_part_at_a_time_and_all_of_them_once(api: Api) -> None:
    await in_force(api, gates=[gate()])
    await held_by(api, "dear", 5_001)
    await held(api, "payments", "Barter", 2, first=9001)
    answer = await published(api, table("payments", Barter="SWAP"), rules={})
    assert answer["records"] == 5_003
    assert await api.owner.fetchval("SELECT count(*) FROM answer") == 0
    assert await api.owner.fetchval("SELECT count(*) FROM record WHERE wanted = done + 1") == 5_003


async def test_publishing_again_goes_on_with_what_a_process_that_died_left_held(api: Api) -> None:
    draft = await saved(api, (await did(api, BEGIN))["draft"]["revision"], table("payments", Barter="SWAP"))
    revision = draft["draft"]["revision"]
    assert (await did(api, PUBLISH, revision=revision))["records"] == 0
    await held(api, "payments", "Barter", 5)
    answer = await did(api, PUBLISH, revision=revision)
    assert (answer["version"]["number"], answer["records"]) == (2, 5)
    assert len(await due(api)) == 5
    assert await api.owner.fetchval("SELECT count(*) FROM audit_log WHERE action = 'mapping.publish'") == 1
    await in_force(api)
    await held(api, "payments", "Barter", 2, first=3001)
    assert (await did(api, PUBLISH, revision=revision))["records"] == 0


async def test_what_runs_already_is_left_to_its_run(api: Api) -> None:
    await held(api, "payments", "Barter", 2)
    await api.owner.execute("UPDATE record SET wanted = done + 1, due_at = now() WHERE reference = '#1001'")
    assert (await published(api, table("payments", Barter="SWAP")))["records"] == 1
