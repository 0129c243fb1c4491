"""What-if over the API: begun within its bounds, one at a time, listed page by page, and nobody else's."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from app.models import what_if_lines
from app.models.what_if_lines import Line
from app.sync.what_if import PURPOSE
from tests.graphql.conftest import Api

BEGIN = """mutation ($id: ID!) { mappingDraftBegin(connection: $id) { draft { revision } userErrors { code } } }"""
START = """mutation ($id: ID!, $version: String! = "draft", $orders: Int! = 200) {
    whatIfStart(connection: $id, version: $version, orders: $orders) {
        run { id kind state request { name value } } userErrors { code field } } }"""
SHOWN = """query ($run: ID!, $first: Int! = 25, $after: String, $outcomes: [WhatIfOutcome!]) { whatIf(run: $run) {
    run { id state tallies { name count } } counts { outcome code count }
    orders(first: $first, after: $after, outcomes: $outcomes) {
        nodes { orderId name outcome obstacles { code sentence } differences { path told now } }
        pageInfo { hasNextPage endCursor } } } }"""
STOP = "mutation ($run: ID!) { runStop(run: $run) { run { state } userErrors { code } } }"


def gid(api: Api) -> str:
    return f"gid://stockbridge/Connection/{api.mine.joined.connection}"


async def started(api: Api, **more: Any) -> dict[str, Any]:
    await api.ask(BEGIN, id=gid(api))
    return dict((await api.ask(START, id=gid(api), **more))["whatIfStart"])


async def looked_at(api: Api, run: str, outcomes: list[str]) -> None:
    """What a worker would have written down."""
    records = await api.orders(len(outcomes))
    told = {
        "reasons": [{"code": "mapping.payment_missing", "sentence": "“paypal” is not mapped."}],
        "differs": [{"path": "document.lines[0].item", "told": "MUG", "now": "CUP"}],
    }
    tenant = api.mine.joined.tenant
    sealed = api.core.vault.pack(orjson.dumps(told), tenant=tenant, purpose=PURPOSE)
    lines = [
        Line(
            place=place,
            record=record,
            reference=f"#{place}",
            outcome=outcome,
            code="mapping.payment_missing" if outcome == "newly_held" else None,
            sealed=None if outcome == "same" else sealed,
        )
        for place, (record, outcome) in enumerate(zip(records, outcomes, strict=True), 1)
    ]
    async with api.core.database.tenant(tenant) as tx:
        await what_if_lines.add(tx, tenant=tenant, run=UUID(run.rsplit("/", 1)[1]), lines=lines)


async def test_it_is_begun_once_and_can_be_stopped_and_begun_again(api: Api) -> None:
    begun = await started(api, orders=50)
    assert (begun["run"]["kind"], begun["run"]["state"]) == ("WHAT_IF", "RUNNING")
    request = {each["name"]: each["value"] for each in begun["run"]["request"]}
    assert (request["orders"], request["version"], request["compared_with"]) == ("50", "draft", "1")
    assert (await started(api))["userErrors"] == [{"code": "what_if.under_way", "field": ["connection"]}]
    stopped = (await api.ask(STOP, run=begun["run"]["id"]))["runStop"]
    assert stopped == {"run": {"state": "STOPPED"}, "userErrors": []}
    assert (await started(api, version="1"))["userErrors"] == []


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"orders": 0}, "what_if.size", "orders"),
        ({"orders": 5001}, "what_if.size", "orders"),
        ({"version": "99"}, "mapping.unknown", "version"),
    ],
)
async def test_what_is_out_of_bounds_is_refused(
    api: Api, given: dict[str, Any], code: str, field: str
) -> None:
    assert (await started(api, **given))["userErrors"] == [{"code": code, "field": [field]}]
    assert await api.owner.fetchval("SELECT count(*) FROM run") == 0


async def test_its_orders_are_listed_by_outcome_page_by_page_with_counts(api: Api) -> None:
    run = (await started(api))["run"]["id"]
    await looked_at(api, run, ["same", "changed", "newly_held", "changed", "newly_held", "changed"])
    found = (await api.ask(SHOWN, run=run, outcomes=["CHANGED", "NEWLY_HELD"], first=3))["whatIf"]
    assert [node["name"] for node in found["orders"]["nodes"]] == ["#2", "#3", "#4"]
    assert {(each["outcome"], each["code"], each["count"]) for each in found["counts"]} == {
        ("SAME", None, 1),
        ("CHANGED", None, 3),
        ("NEWLY_HELD", None, 2),
        ("NEWLY_HELD", "mapping.payment_missing", 2),
    }
    held = found["orders"]["nodes"][1]
    assert held["obstacles"] == [{"code": "mapping.payment_missing", "sentence": "“paypal” is not mapped."}]
    assert held["differences"] == [{"path": "document.lines[0].item", "told": "MUG", "now": "CUP"}]
    after = found["orders"]["pageInfo"]["endCursor"]
    rest = (await api.ask(SHOWN, run=run, outcomes=["CHANGED", "NEWLY_HELD"], first=3, after=after))["whatIf"]
    assert [node["name"] for node in rest["orders"]["nodes"]] == ["#5", "#6"]
    assert not rest["orders"]["pageInfo"]["hasNextPage"]
    assert len((await api.ask(SHOWN, run=run))["whatIf"]["orders"]["nodes"]) == 6


async def test_its_list_takes_as_many_statements_for_twenty_orders_as_for_one(api: Api) -> None:
    run = (await started(api))["run"]["id"]
    await looked_at(api, run, ["same", "changed", "newly_held", "changed"] * 5)
    spent = {}
    for first in (1, 20):
        api.counted.said.clear()
        await api.ask(SHOWN, run=run, first=first)
        spent[first] = len(api.counted.said)
    assert spent[20] == spent[1] <= 6


async def test_another_organisations_what_if_is_as_if_it_were_not_and_a_replay_is_none(api: Api) -> None:
    run = (await started(api))["run"]["id"]
    await looked_at(api, run, ["changed"])
    assert (await api.ask(SHOWN, run=run, token=api.theirs.session)) == {"whatIf": None}
    assert (await api.ask(SHOWN, run=f"gid://stockbridge/Run/{uuid4()}")) == {"whatIf": None}
    theirs = await api.ask(START, id=gid(api), token=api.theirs.session)
    assert theirs["whatIfStart"]["userErrors"] == [{"code": "connection.unknown", "field": ["connection"]}]
    await api.owner.execute("UPDATE run SET kind = 'replay'")
    assert (await api.ask(SHOWN, run=run)) == {"whatIf": None}
