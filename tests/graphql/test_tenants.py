"""Another organisation's ids are answered exactly as ids that never were; beside each the owner's own works."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.graphql.conftest import Api

READS = {
    "order": ("Order", "query ($id: ID!) { order(id: $id) { id name } }"),
    "connection": ("Connection", "query ($id: ID!) { connection(id: $id) { id name } }"),
}
EVER = '{ since: "2026-01-01T00:00:00Z", until: "2027-01-01T00:00:00Z" }'
CHANGES = {
    "orderRetry": ("Order", "ids: [$id]", "orders { id }"),
    "problemRetry": ("Connection", 'connection: $id, code: "item.unknown"', "count"),
    "orderSync": ("Connection", 'connection: $id, storeKey: "4711"', "order { id }"),
    "connectionPause": ("Connection", "id: $id", "connection { id }"),
    "connectionUpdate": ("Connection", 'id: $id, input: { name: "Another" }', "connection { name }"),
    "eventReplay": ("Connection", f"connection: $id, dryRun: false, span: {EVER}", "count"),
    "unmappedValueMap": (
        "Connection",
        'connection: $id, table: "payments", value: "Barter", code: "CC"',
        "version",
    ),
    "tableFeedSet": ("Connection", 'connection: $id, table: "items"', "address"),
    "ratesImport": (
        "Connection",
        'connection: $id, csv: "from,to,rate,date\\nUSD,EUR,0.9,2026-01-05"',
        "changed",
    ),
    "flowStop": ("Connection", "connection: $id, flow: ORDERS", "setting { flow }"),
}
"""By field: what its id names, its arguments, and what it answers with."""


async def ids(api: Api, kind: str) -> tuple[str, str, str]:
    """Mine, theirs, and one that never was."""
    (mine,) = await api.orders(1, state="held", code="item.unknown")
    (theirs,) = await api.orders(1, of=api.theirs, state="held", code="item.unknown")
    found: tuple[UUID, UUID] = (
        (mine, theirs) if kind == "Order" else (api.mine.joined.connection, api.theirs.joined.connection)
    )
    return tuple(f"gid://stockbridge/{kind}/{each}" for each in (*found, uuid4()))  # type: ignore[return-value]


async def picture(api: Api) -> list[Any]:
    """Every row of the other organisation's that a change could touch."""
    whose = api.theirs.joined.tenant
    tables = ("record", "connection", "inbox_work", "timeline", "audit_log", "mapping_version")
    return [await api.owner.fetch(f"SELECT * FROM {table} WHERE tenant_id = $1", whose) for table in tables]


@pytest.mark.parametrize("field", READS)
async def test_what_is_anothers_reads_as_if_it_were_not_there(api: Api, field: str) -> None:
    kind, document = READS[field]
    mine, theirs, nobodys = await ids(api, kind)
    assert (await api.ask(document, id=mine))[field]["id"] == mine
    assert (await api.ask(document, id=theirs)) == (await api.ask(document, id=nobodys)) == {field: None}
    assert (await api.ask(document, id=theirs, token=api.theirs.session))[field]["id"] == theirs
    assert (await api.ask(document, id="not an id")) == {field: None}


@pytest.mark.parametrize("field", CHANGES)
async def test_what_is_anothers_can_not_be_changed(api: Api, field: str) -> None:
    kind, given, answered = CHANGES[field]
    document = f"mutation ($id: ID!) {{ {field}({given}) {{ {answered} userErrors {{ code }} }} }}"
    mine, theirs, nobodys = await ids(api, kind)
    before = await picture(api)
    refused = (await api.ask(document, id=theirs))[field]
    assert refused["userErrors"] == [{"code": "order.unknown" if kind == "Order" else "connection.unknown"}]
    assert refused == (await api.ask(document, id=nobodys))[field]
    assert await picture(api) == before
    assert (await api.ask(document, id=mine))[field]["userErrors"] == []
    assert await picture(api) == before
    audited = await api.owner.fetch("SELECT tenant_id, actor FROM audit_log")
    assert [tuple(row) for row in audited] == [(api.mine.joined.tenant, "staff:7")]


async def test_a_retry_with_one_id_of_anothers_does_nothing_at_all(api: Api) -> None:
    mine, theirs, _ = await ids(api, "Order")
    document = "mutation ($ids: [ID!]!) { orderRetry(ids: $ids) { orders { id } userErrors { code field } } }"
    payload = (await api.ask(document, ids=[mine, theirs]))["orderRetry"]
    assert payload == {"orders": [], "userErrors": [{"code": "order.unknown", "field": ["ids"]}]}
    assert await api.owner.fetchval("SELECT count(*) FROM record WHERE asked") == 0
    await api.ask(document, ids=[mine])
    assert await api.owner.fetchval("SELECT count(*) FROM record WHERE asked") == 1


async def test_lists_and_counts_hold_the_callers_own_alone(api: Api) -> None:
    await api.orders(2, state="held", code="item.unknown", sentence="No item A.", verdict="needs_mapping")
    await api.orders(5, of=api.theirs, state="held", code="item.unknown")
    document = """{
        orders { nodes { name } } connections { id }
        overview { orderCounts { state orders { count precision } }
            problems { code count verdict sentence moneyWaiting { amount currency } explanation { advice } } } }"""
    found = await api.ask(document)
    assert [order["name"] for order in found["orders"]["nodes"]] == ["#1002", "#1001"]
    assert [each["id"] for each in found["connections"]] == [
        f"gid://stockbridge/Connection/{api.mine.joined.connection}"
    ]
    counts = {each["state"]: each["orders"] for each in found["overview"]["orderCounts"]}
    assert counts["HELD"] == {"count": 2, "precision": "EXACT"}
    assert counts["SETTLED"]["count"] == 0
    (problem,) = found["overview"]["problems"]
    assert (problem["code"], problem["count"], problem["verdict"]) == ("item.unknown", 2, "NEEDS_MAPPING")
    assert problem["moneyWaiting"] == [{"amount": "21.00", "currency": "EUR"}]
    assert problem["explanation"]["advice"]


async def test_a_form_of_another_organisation_is_not_shown(api: Api) -> None:
    document = "query ($id: ID!) { connectionForm(connection: $id) { tables { name } } }"
    mine, theirs, nobodys = await ids(api, "Connection")
    assert (await api.ask(document, id=mine))["connectionForm"]["tables"]
    assert (
        (await api.ask(document, id=theirs))
        == (await api.ask(document, id=nobodys))
        == {"connectionForm": None}
    )
