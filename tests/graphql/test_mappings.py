"""The mapping over the API: one draft that nobody overwrites unseen, publishing it once, and going back."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from app.models import connections
from app.operations import mappings
from tests.graphql.conftest import Api
from tests.models.world import TABLES

DRAFT = "revision basedOn behind note changedBy tables { name rows { name value } } rules"
VERSION = "number state note basedOn madeBy publishedBy"
BEGIN = f"mutation ($id: ID!) {{ mappingDraftBegin(connection: $id) {{ draft {{ {DRAFT} }} userErrors {{ code }} }} }}"
SAVE = f"""mutation ($id: ID!, $revision: ID!, $input: MappingDraftInput!) {{
    mappingDraftSave(connection: $id, revision: $revision, input: $input) {{
        draft {{ {DRAFT} }} userErrors {{ code field message }} }} }}"""
DISCARD = """mutation ($id: ID!, $revision: ID!) { mappingDraftDiscard(connection: $id, revision: $revision) {
    draft { revision } userErrors { code } } }"""
PUBLISH = f"""mutation ($id: ID!, $revision: ID!, $over: Int) {{
    mappingDraftPublish(connection: $id, revision: $revision, over: $over) {{
        version {{ {VERSION} }} userErrors {{ code field }} }} }}"""
BACK = f"""mutation ($id: ID!, $number: Int!) {{ mappingRollBack(connection: $id, number: $number) {{
    version {{ {VERSION} }} userErrors {{ code field }} }} }}"""
SHOWN = f"query ($id: ID!) {{ mappingDraft(connection: $id) {{ {DRAFT} }} }}"
LIST = f"""query ($id: ID!, $first: Int! = 25, $after: String) {{
    mappingVersions(connection: $id, first: $first, after: $after) {{
        nodes {{ {VERSION} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
ONE = f"""query ($id: ID!, $number: Int!) {{ mappingVersion(connection: $id, number: $number) {{
    version {{ {VERSION} }} tables {{ name rows {{ name value }} }} rules }} }}"""


async def did(api: Api, document: str, **variables: Any) -> Any:
    mine = f"gid://stockbridge/Connection/{api.mine.joined.connection}"
    (payload,) = (await api.ask(document, **{"id": mine, **variables})).values()
    return payload


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def table(name: str, **rows: str) -> dict[str, Any]:
    return {"name": name, "rows": [{"name": key, "value": value} for key, value in rows.items()]}


async def saved(api: Api, revision: str, *tables: dict[str, Any], **more: Any) -> Any:
    return await did(api, SAVE, revision=revision, input={"tables": list(tables), **more})


async def other_version(api: Api, tables: dict[str, dict[str, str]]) -> int:
    """Somebody publishes past the draft."""
    joined = api.mine.joined
    async with api.core.database.tenant(joined.tenant) as tx:
        return await connections.publish(
            tx, tenant=joined.tenant, connection=joined.connection, tables=tables, by="other"
        )


async def test_a_draft_begins_as_the_version_in_force_and_becomes_the_next(api: Api) -> None:
    assert await did(api, SHOWN) is None
    draft = (await did(api, BEGIN))["draft"]
    assert (draft["basedOn"], draft["behind"], draft["rules"]) == (1, None, {})
    assert {each["name"] for each in draft["tables"]} == set(TABLES)
    assert (await did(api, BEGIN))["draft"] == draft
    payload = await saved(
        api, draft["revision"], table("payments", card="CARD"), table("taxes"), note=" Cards "
    )
    after = payload["draft"]
    assert after["revision"] != draft["revision"]
    assert {each["name"] for each in after["tables"]} == {"payments", "special"}
    assert await did(api, SHOWN) == after
    published = (await did(api, PUBLISH, revision=after["revision"]))["version"]
    assert published == {
        "number": 2, "state": "PUBLISHED", "note": "Cards", "basedOn": 1, "madeBy": "staff:7", "publishedBy": "staff:7",
    }  # fmt: skip
    assert await did(api, SHOWN) is None
    whole = await did(api, ONE, number=2)
    assert whole["tables"][0] == table("payments", card="CARD")
    rows = await api.owner.fetch("SELECT actor, action, facts FROM audit_log ORDER BY id")
    assert [row["action"] for row in rows] == ["mapping.draft_begin", "mapping.draft_save", "mapping.publish"]
    assert {row["actor"] for row in rows} == {"staff:7"}


async def test_two_who_save_the_same_draft_do_not_overwrite_each_other(api: Api) -> None:
    seen = (await did(api, BEGIN))["draft"]["revision"]
    both = await asyncio.gather(
        saved(api, seen, table("payments", card="ONE")), saved(api, seen, table("payments", card="TWO"))
    )
    won = [each for each in both if each["draft"]]
    assert len(won) == 1
    (lost,) = [each for each in both if not each["draft"]]
    assert [(e["code"], e["field"]) for e in lost["userErrors"]] == [("mapping.draft_changed", ["revision"])]
    assert await did(api, SHOWN) == won[0]["draft"]
    assert codes(await did(api, DISCARD, revision=seen)) == ["mapping.draft_changed"]
    assert codes(await did(api, PUBLISH, revision=seen)) == ["mapping.draft_changed"]
    assert codes(await did(api, DISCARD, revision=won[0]["draft"]["revision"])) == []
    assert codes(await did(api, DISCARD, revision=seen)) == ["mapping.no_draft"]


async def test_a_new_draft_is_not_taken_for_the_one_that_was_thrown_away(api: Api) -> None:
    first = (await did(api, BEGIN))["draft"]["revision"]
    await did(api, DISCARD, revision=first)
    await did(api, BEGIN)
    assert codes(await saved(api, first, table("payments", card="X"))) == ["mapping.draft_changed"]


async def test_publishing_twice_at_once_publishes_once(api: Api) -> None:
    seen = (await saved(api, (await did(api, BEGIN))["draft"]["revision"], table("payments", card="C")))[
        "draft"
    ]
    both = await asyncio.gather(*[did(api, PUBLISH, revision=seen["revision"]) for _ in range(4)])
    assert [each["version"]["number"] for each in both] == [2] * 4
    assert [each["number"] for each in (await did(api, LIST))["nodes"]] == [2, 1]


async def test_two_who_publish_past_each_other_both_get_a_version_and_one_is_in_force(api: Api) -> None:
    numbers = await asyncio.gather(*[other_version(api, {"payments": {"*": f"P{n}"}}) for n in range(4)])
    assert sorted(numbers) == [2, 3, 4, 5]
    states = [(each["number"], each["state"]) for each in (await did(api, LIST))["nodes"]]
    assert states[0] == (5, "PUBLISHED")
    assert {state for _, state in states[1:]} == {"RETIRED"}


async def test_a_draft_that_is_behind_is_published_only_over_the_other_version(api: Api) -> None:
    draft = (await did(api, BEGIN))["draft"]
    seen = (await saved(api, draft["revision"], table("payments", card="C")))["draft"]["revision"]
    await other_version(api, {**TABLES, "payments": {"*": "NEW"}})
    assert (await did(api, SHOWN))["behind"] == 2
    assert codes(await did(api, PUBLISH, revision=seen)) == ["mapping.draft_behind"]
    await other_version(api, {**TABLES, "payments": {"*": "NEWER"}})
    assert codes(await did(api, PUBLISH, revision=seen, over=2)) == ["mapping.draft_behind"]
    assert (await did(api, PUBLISH, revision=seen, over=3))["version"]["number"] == 4


async def test_without_a_number_it_is_the_version_in_force(api: Api) -> None:
    whole = ONE.replace(", $number: Int!", "").replace(", number: $number", "")
    assert await did(api, whole) == await did(api, ONE, number=1)
    await other_version(api, {"payments": {"*": "NEW"}})
    assert await did(api, whole) == await did(api, ONE, number=2)
    await api.owner.execute("UPDATE mapping_version SET state = 'retired'")
    assert await did(api, whole) is None


async def test_going_back_publishes_a_copy_and_leaves_the_version_as_it_was(api: Api) -> None:
    before = await did(api, ONE, number=1)
    await other_version(api, {"payments": {"*": "NEW"}})
    both = await asyncio.gather(*[did(api, BACK, number=1) for _ in range(2)])
    assert sorted(codes(each) for each in both) == [[], ["mapping.same"]]
    assert (await did(api, ONE, number=3))["tables"] == before["tables"]
    after = await did(api, ONE, number=1)
    assert after["tables"] == before["tables"]
    assert after["version"]["state"] == "RETIRED"
    versions = (await did(api, LIST))["nodes"]
    assert [(each["number"], each["basedOn"]) for each in versions] == [(3, 1), (2, 1), (1, None)]
    assert await api.owner.fetchval("SELECT count(*) FROM audit_log WHERE action = 'mapping.roll_back'") == 1


@pytest.mark.parametrize("number", [0, -1, 99, 2**31 - 1])
async def test_a_version_nobody_knows_is_not_there_and_nobody_goes_back_to_it(api: Api, number: int) -> None:
    await did(api, BEGIN)
    assert await did(api, ONE, number=number) is None
    assert (await did(api, BACK, number=number))["userErrors"] == [
        {"code": "mapping.unknown", "field": ["number"]}
    ]


async def test_versions_are_paged(api: Api) -> None:
    for n in range(4):
        await other_version(api, {"payments": {"*": f"P{n}"}})
    page = await did(api, LIST, first=3)
    assert [each["number"] for each in page["nodes"]] == [5, 4, 3]
    rest = await did(api, LIST, first=3, after=page["pageInfo"]["endCursor"])
    assert [each["number"] for each in rest["nodes"]] == [2, 1]
    assert not rest["pageInfo"]["hasNextPage"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"tables": [table("wings", a="b")]},
        {"tables": [{"name": "payments", "rows": [{"name": " ", "value": "X"}]}]},
        {"tables": [table("payments", card="A", CARD="B")]},
        {"tables": [table("payments", card="A" * 501)]},
        {"rules": [1]},
        {"note": "n" * 501},
    ],
)
async def test_what_no_version_may_hold_is_not_saved(api: Api, wrong: dict[str, Any]) -> None:
    draft = (await did(api, BEGIN))["draft"]
    assert codes(await did(api, SAVE, revision=draft["revision"], input=wrong)) == ["mapping.malformed"]
    assert await did(api, SHOWN) == draft


async def test_a_tool_needs_the_scopes_of_mappings(api: Api) -> None:
    reads, writes = await api.mine.token("read_records"), await api.mine.token("write_mappings")
    mine = f"gid://stockbridge/Connection/{api.mine.joined.connection}"
    assert await api.refused(BEGIN, token=reads, id=mine) == ["api.scope_missing"]
    assert await api.refused(SHOWN, token=writes, id=mine) == ["api.scope_missing"]
    assert (await api.ask(BEGIN, token=writes, id=mine))["mappingDraftBegin"]["draft"]
    assert (await api.ask(SHOWN, token=reads, id=mine))["mappingDraft"]["changedBy"].startswith("token:")


async def test_a_fix_goes_into_force_and_into_the_draft_which_is_not_behind_then(api: Api) -> None:
    draft = (await did(api, BEGIN))["draft"]
    await saved(api, draft["revision"], table("taxes"))
    found = await mine(api)
    seen = []
    for expected in (2, 2):
        async with api.core.database.tenant(found.tenant) as tx:
            made = await mappings.alter(tx, found, _with_paypal, note="Mapped.", by="me")
        assert made == expected
        seen.append(await did(api, SHOWN))
    shown = seen[1]
    assert seen[0] == shown
    assert (shown["basedOn"], shown["behind"]) == (2, None)
    assert {each["name"] for each in shown["tables"]} == {"payments", "special"}
    assert {"name": "paypal", "value": "PP"} in shown["tables"][0]["rows"]
    assert {"name": "paypal", "value": "PP"} in (await did(api, ONE, number=2))["tables"][0]["rows"]


def _with_paypal(tables: Any) -> Any:
    return {**tables, "payments": {**tables.get("payments", {}), "paypal": "PP"}}


async def mine(api: Api) -> connections.Connection:
    joined = api.mine.joined
    async with api.core.database.tenant(joined.tenant) as tx:
        found = await connections.one(tx, tenant=joined.tenant, connection=joined.connection)
    assert found is not None
    return found


DIFF = """query ($id: ID!, $was: String! = "current", $now: String! = "draft", $after: String) {
    mappingDiff(connection: $id, was: $was, now: $now) {
        tables { name added removed changed entries(first: 2, after: $after) {
            nodes { key was now } pageInfo { hasNextPage endCursor } } }
        rules { section id kind was now wasAt nowAt } } }"""


async def test_the_difference_of_the_draft_is_shown_page_by_page(api: Api) -> None:
    draft = (await did(api, BEGIN))["draft"]
    rules = {"fields": [{"id": "memo", "target": "notes"}]}
    rows = table("payments", **{"*": "CARD", "a": "A", "b": "B"})
    await saved(api, draft["revision"], rows, table("taxes"), rules=rules)
    found = await did(api, DIFF)
    payments, taxes = found["tables"]
    assert (payments["name"], payments["added"], payments["removed"], payments["changed"]) == (
        "payments",
        2,
        0,
        1,
    )
    assert payments["entries"]["nodes"][0] == {"key": "*", "was": "BANK", "now": "CARD"}
    assert (taxes["name"], taxes["removed"]) == ("taxes", 1)
    rest = await did(api, DIFF, after=payments["entries"]["pageInfo"]["endCursor"])
    assert [row["key"] for row in rest["tables"][0]["entries"]["nodes"]] == ["b"]
    assert found["rules"] == [
        {
            "section": "fields",
            "id": "memo",
            "kind": "ADDED",
            "was": None,
            "now": rules["fields"][0],
            "wasAt": None,
            "nowAt": 0,
        }
    ]
    assert await did(api, DIFF, was="1", now="current") == {"tables": [], "rules": []}
    for unknown in ("7", "newest", "-1", "0"):
        assert await did(api, DIFF, now=unknown) is None


async def test_a_difference_calls_locations_as_their_own_shop_does(api: Api) -> None:
    for whose, name in ((api.mine, "Main street"), (api.theirs, "Elsewhere")):
        await api.owner.execute(
            "INSERT INTO store_location (tenant_id, shop_id, location_key, name, active) VALUES ($1, $2, '7', $3, true)",
            whose.joined.tenant,
            whose.joined.shop,
            name,
        )
    revision = (await did(api, BEGIN))["draft"]["revision"]
    await saved(
        api, revision, table("locations", **{"7": "MAIN", "8": "FAR"}), table("payments", **{"7": "CASH"})
    )
    named = """query ($id: ID!) { mappingDiff(connection: $id) {
        tables { name entries { nodes { key label } } } rules { id } } }"""
    found = {each["name"]: each["entries"]["nodes"] for each in (await did(api, named))["tables"]}
    assert found["locations"] == [{"key": "7", "label": "Main street"}, {"key": "8", "label": None}]
    assert {each["label"] for each in found["payments"]} == {None}


PREVIEW = """query ($id: ID!, $order: ID!, $version: String! = "draft") {
    mappingPreview(connection: $id, order: $order, version: $version) {
        rehearsal { action reference mappingVersion code } document payments { method amount } obstacles { code sentence } } }"""


async def test_a_preview_of_what_is_not_there_is_null_and_a_version_nobody_knows_is_said(api: Api) -> None:
    (order,) = await api.orders(1)
    (theirs,) = await api.orders(1, of=api.theirs)
    known = f"gid://stockbridge/Order/{order}"
    mine = f"gid://stockbridge/Connection/{api.mine.joined.connection}"
    for version, code in (("7", "mapping.unknown"), ("draft", "mapping.no_draft")):
        assert await api.refused(PREVIEW, id=mine, order=known, version=version) == [code]
    for other in (f"gid://stockbridge/Order/{theirs}", f"gid://stockbridge/Order/{uuid4()}", "1001"):
        assert await did(api, PREVIEW, order=other, version="1") is None
    elsewhere = f"gid://stockbridge/Connection/{api.theirs.joined.connection}"
    assert await did(api, PREVIEW, id=elsewhere, order=known, version="1") is None


async def test_another_organisations_draft_and_versions_are_as_if_they_were_not(api: Api) -> None:
    theirs = f"gid://stockbridge/Connection/{api.theirs.joined.connection}"
    begun = await api.ask(BEGIN, id=theirs, token=api.theirs.session)
    revision = begun["mappingDraftBegin"]["draft"]["revision"]
    assert await did(api, SHOWN, id=theirs) is None
    assert await did(api, ONE, id=theirs, number=1) is None
    assert (await did(api, LIST, id=theirs))["nodes"] == []
    assert await did(api, DIFF, id=theirs) is None
    for document, more in ((PUBLISH, {"revision": revision}), (DISCARD, {"revision": revision}), (BEGIN, {}),
                           (BACK, {"number": 1})):  # fmt: skip
        assert codes(await did(api, document, id=theirs, **more)) == ["connection.unknown"]
    assert codes(await did(api, SAVE, revision=str(uuid4()), input={}, id=theirs)) == ["connection.unknown"]
    assert (await api.ask(SHOWN, id=theirs, token=api.theirs.session))["mappingDraft"]["revision"] == revision
