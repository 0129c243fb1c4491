"""The ERPs over the API: what each can take part in, and what it can't in its own words."""

from __future__ import annotations

from app.hosts.tryton.spec import TRYTON
from app.ports import Flow
from app.registry import HOSTS
from tests.graphql.conftest import Api

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
