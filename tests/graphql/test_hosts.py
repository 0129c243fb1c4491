"""The ERPs over the API: what each can take part in, and what it can't in its own words."""

from __future__ import annotations

import json

import orjson

from app.hosts.tryton.spec import TRYTON
from app.ports import Flow
from app.registry import HOSTS
from app.wiring import CREDENTIALS
from tests.graphql.conftest import Api
from tests.hosts.rest.test_document import smallest

OWN = """query ($id: ID!) { connection(id: $id) {
    flows { flow available reason } host { powers { flow available reason } } }
    setup(connection: $id) { steps { key lacking } } }"""
POWERS = "{ hosts { key powers { flow available reason } } }"


async def test_a_flow_is_greyed_out_only_where_the_erp_says_why(api: Api) -> None:
    said = {host["key"]: host["powers"] for host in (await api.ask(POWERS))["hosts"]}
    lacks = {
        key: {p["flow"]: p["reason"] for p in powers if not p["available"]} for key, powers in said.items()
    }
    assert lacks == {
        key: {flow.name: why for flow, why in spec.missing.items()} for key, spec in HOSTS.items()
    }
    assert lacks["memory"] == {}
    assert lacks["tryton"] == {"CUSTOMERS": TRYTON.missing[Flow.CUSTOMERS]}
    assert all(p["reason"] is None for powers in said.values() for p in powers if p["available"])
    assert all(len(powers) == len(Flow) for powers in said.values())


async def test_a_connection_shows_the_flows_that_its_own_document_leaves_out(api: Api) -> None:
    joined = api.mine.joined
    form = {"address": "https://erp.example.com", "document": json.dumps(smallest())}
    sealed = api.mine.core.vault.seal(orjson.dumps(form), tenant=joined.tenant, purpose=CREDENTIALS)
    change = "UPDATE connection SET host = $2, sealed_credentials = $3 WHERE id = $1"
    before = await api.owner.fetchrow(
        "SELECT host, sealed_credentials FROM connection WHERE id = $1", joined.connection
    )
    await api.owner.execute(change, joined.connection, "rest", sealed)
    try:
        shown = await api.ask(OWN, id=f"gid://stockbridge/Connection/{joined.connection}")
    finally:
        await api.owner.execute(change, joined.connection, *before)
    for listed in (shown["connection"]["flows"], shown["connection"]["host"]["powers"]):
        said = {each["flow"]: each["reason"] for each in listed if not each["available"]}
        assert set(said) == {flow.name for flow in Flow} - {"ORDERS"}
        assert said["INVENTORY"] == "The connection document does not say how stock is read."
    lacking = {step["key"]: step["lacking"] for step in shown["setup"]["steps"]}
    assert set(lacking["FLOWS"]) <= {"orders"}
