"""Rules over the API: what they are built of, one tried on a real order, and a wrong one that is never published."""

from __future__ import annotations

from typing import Any

from tests.graphql.conftest import Api
from tests.graphql.test_mappings import BEGIN, PUBLISH, SAVE, codes, did

FIELDS = """query ($id: ID!) { mappingFields(connection: $id) {
    sources { path label kind perLine perPayment gatesOnly } targets { name label kind perLine perPayment longest choices }
    missing { name label reason } comparisons tables
    comparisonsByKind { kind comparisons } } }"""
TRY = """query ($id: ID!, $rule: JSON!, $order: ID) { mappingRuleTry(connection: $id, rule: $rule, order: $order) {
    liquid order outcomes { line text obstacle { code } } problems { rule message path } userErrors { code field } } }"""
VALUES = """query ($id: ID!, $order: ID!) { mappingOrderValues(connection: $id, order: $order) {
    order values { path text } lines { title values { path text } }
    payments { method values { path text } } userErrors { code field } } }"""
PROBLEMS = "query ($id: ID!) { mappingDraft(connection: $id) { problems { rule message } } }"

VIP = {"tests": [{"field": "order.tags", "operator": "is", "values": ["VIP"]}]}
MEMO = {"id": "r1", "target": "memo", "start": {"field": "order.name"}, "when": VIP}


async def drafted(api: Api, **rules: Any) -> dict[str, Any]:
    draft = (await did(api, BEGIN))["draft"]
    payload = await did(api, SAVE, revision=draft["revision"], input={"rules": rules})
    assert codes(payload) == []
    return dict(payload["draft"])


async def test_what_rules_are_built_of_is_listed_with_its_kinds(api: Api) -> None:
    found = await did(api, FIELDS)
    sources = {each["path"]: each for each in found["sources"]}
    targets = {each["name"]: each for each in found["targets"]}
    assert sources["order.total"] == {
        "path": "order.total",
        "label": "Total",
        "kind": "NUMBER",
        "perLine": False,
        "perPayment": False,
        "gatesOnly": False,
    }
    assert {path for path, each in sources.items() if each["gatesOnly"]} == {
        f"credit.{name}" for name in ("allowed", "owed", "left", "left_after")
    }
    dates = next(each["comparisons"] for each in found["comparisonsByKind"] if each["kind"] == "DATE")
    assert dates[:4] == ["before", "after", "on", "within_days"]
    assert sources["line.sku"]["perLine"]
    assert sources["payment.method"]["perPayment"]
    assert targets["payment.method"]["perPayment"]
    assert "sales_order" in targets["document"]["choices"]
    assert "price_level" in targets
    assert found["missing"] == []
    assert (targets["priority"]["kind"], targets["memo"]["longest"]) == ("NUMBER", 300)
    assert targets["delivery"]["choices"] == ["standard", "express", "pick_up"]
    assert "above" in found["comparisons"]
    assert "departments" in found["tables"]


async def test_what_an_erp_lacks_is_told_with_its_reason_and_said_of_a_rule_that_wants_it(api: Api) -> None:
    await api.owner.execute("UPDATE connection SET host = 'tryton' WHERE id = $1", api.mine.joined.connection)
    (lacking,) = (await did(api, FIELDS))["missing"]
    assert (lacking["name"], lacking["label"]) == ("price_level", "Price tier")
    tried = await did(api, TRY, rule={**MEMO, "target": "price_level"})
    assert [each["message"] for each in tried["problems"]] == [lacking["reason"]]


async def test_a_rule_is_shown_as_liquid_before_it_is_part_of_anything(api: Api) -> None:
    tried = await did(api, TRY, rule=MEMO)
    assert tried["problems"] == []
    assert "order.name" in tried["liquid"]
    assert "matches: 'is', 'VIP'" in tried["liquid"]
    assert (tried["order"], tried["outcomes"]) == (None, [])


async def test_what_can_not_be_meant_is_told_with_the_rule(api: Api) -> None:
    tried = await did(api, TRY, rule={**MEMO, "target": "colour"})
    assert tried["problems"] == [
        {"rule": "r1", "message": "The ERP has no field colour.", "path": ["target"]}
    ]
    assert codes(await did(api, TRY, rule={"target": "memo"})) == ["mapping.rules_malformed"]


async def test_a_draft_may_hold_a_wrong_rule_and_is_not_published_with_it(api: Api) -> None:
    draft = await drafted(api, fields=[MEMO, {**MEMO, "id": "r2", "target": "colour"}])
    assert (await did(api, PROBLEMS))["problems"] == [
        {"rule": "r2", "message": "The ERP has no field colour."}
    ]
    assert codes(await did(api, PUBLISH, revision=draft["revision"])) == ["mapping.rules_wrong"]
    right = (await did(api, SAVE, revision=draft["revision"], input={"rules": {"fields": [MEMO]}}))["draft"]
    assert (await did(api, PUBLISH, revision=right["revision"]))["version"]["number"] == 2


async def test_rules_that_can_not_be_read_are_never_stored(api: Api) -> None:
    draft = (await did(api, BEGIN))["draft"]
    for rules in (
        {"fields": [{"id": "r1"}]},
        {"rules": []},
    ):
        assert codes(await did(api, SAVE, revision=draft["revision"], input={"rules": rules})) == [
            "mapping.malformed"
        ]
    assert (await did(api, BEGIN))["draft"] == draft


async def test_a_table_of_the_merchants_own_is_looked_up_by_either_name(api: Api) -> None:
    zones = {"name": "free:zones", "rows": [{"name": "de", "value": "EU"}]}
    draft = (await did(api, BEGIN))["draft"]
    rules = [
        {**MEMO, "id": name, "steps": [{"do": "look_up", "table": name}]}
        for name in ("zones", "free:zones", "free:none")
    ]
    await did(api, SAVE, revision=draft["revision"], input={"tables": [zones], "rules": {"fields": rules}})
    assert [each["rule"] for each in (await did(api, PROBLEMS))["problems"]] == ["free:none"]


async def test_the_values_of_an_order_that_nobody_here_has_are_none(api: Api) -> None:
    (theirs,) = await api.orders(1, of=api.theirs)
    for order in (f"gid://stockbridge/Order/{theirs}", "gid://stockbridge/Order/1"):
        assert await did(api, VALUES, order=order) == {
            "order": None,
            "values": [],
            "lines": [],
            "payments": [],
            "userErrors": [],
        }


async def test_why_an_order_can_not_be_read_is_told_beside_its_values(api: Api) -> None:
    (mine,) = await api.orders(1)
    await api.owner.execute("UPDATE connection SET host = 'gone' WHERE id = $1", api.mine.joined.connection)
    found = await did(api, VALUES, order=f"gid://stockbridge/Order/{mine}")
    assert (found["order"], codes(found)) == (None, ["host.unknown"])
