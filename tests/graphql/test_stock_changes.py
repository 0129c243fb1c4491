"""Stock by a person's word, through the real engine on PostgreSQL: set up, plan, approve, push one SKU, give up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, fields
from typing import Any, cast

import pytest

from app.models.connections import Connection
from app.sync.sides import Sides
from app.wiring import Core
from tests.conftest import Addresses
from tests.fakes.stock import FakeErpStock, FakeShopStock, key, stock_sides
from tests.graphql.conftest import Api, serving


@dataclass(frozen=True, kw_only=True)
class StagedCore(Core):
    """A core whose connections open onto a shop and an ERP in memory."""

    erp: FakeErpStock = field(default_factory=FakeErpStock)
    shop: FakeShopStock = field(default_factory=FakeShopStock)

    async def open_sides(self, connection: Connection) -> Sides:
        return stock_sides(connection, shop=self.shop, erp=self.erp)


def staged(core: Core) -> StagedCore:
    made = StagedCore(**{each.name: getattr(core, each.name) for each in fields(Core)})
    for n in range(1, 21):
        made.erp.free[f"SKU-{n:04}"] = 10
        made.shop.stock(f"SKU-{n:04}", 10, item=str(n))
    return made


@pytest.fixture
async def api(addresses: Addresses, valkey_url: str) -> AsyncIterator[Api]:
    async with serving(addresses, valkey_url, staged) as made:
        yield made


RUN = """run { id state needsApproval concerns counts { changed lowered } progress { done calls }
    lines { nodes { sku old new state } } } userErrors { code field }"""
PLAN = f"mutation ($id: ID!) {{ stockPlan(connection: $id) {{ {RUN} }} }}"
PUSH = f"mutation ($id: ID!, $sku: String!) {{ stockPush(connection: $id, sku: $sku) {{ {RUN} }} }}"
APPROVE = f"mutation ($id: ID!) {{ stockPlanApprove(run: $id) {{ {RUN} }} }}"
STOP = f"mutation ($id: ID!) {{ runStop(run: $id) {{ {RUN} }} }}"
START = f"mutation ($id: ID!, $flow: Flow!) {{ runStart(connection: $id, flow: $flow) {{ {RUN} }} }}"
SAVE = """mutation ($id: ID!, $input: StockSettingsInput!) { stockSettingsSave(connection: $id, input: $input) {
    settings { on mode everySeconds safety { sku units } allocations { locationKey sku share cap }
        feeds { locationKey warehouses } } userErrors { code field } } }"""


def mine(api: Api) -> str:
    return f"gid://stockbridge/Connection/{api.mine.joined.connection}"


async def did(api: Api, document: str, **variables: Any) -> dict[str, Any]:
    """The one payload of a mutation."""
    (payload,) = (await api.ask(document, **variables)).values()
    return dict(payload)


async def turned_on(api: Api, **more: Any) -> dict[str, Any]:
    wish = {"feeds": [{"locationKey": "1", "warehouses": ["WH"]}], **more}
    return await did(api, SAVE, id=mine(api), input=wish)


async def test_stock_that_was_not_set_up_says_so(api: Api) -> None:
    payload = await did(api, PLAN, id=mine(api))
    assert payload == {"run": None, "userErrors": [{"code": "stock.not_set_up", "field": ["connection"]}]}
    flows = "{ connections { flows { flow on } } }"
    assert {"flow": "INVENTORY", "on": False} in (await api.ask(flows))["connections"][0]["flows"]
    assert (await turned_on(api))["settings"]["on"]
    assert {"flow": "INVENTORY", "on": True} in (await api.ask(flows))["connections"][0]["flows"]


async def test_settings_are_laid_over_those_there_are(api: Api) -> None:
    await turned_on(api, everySeconds=300, safety=[{"sku": "SKU-0001", "units": 2}])
    kept = (await did(api, SAVE, id=mine(api), input={"mode": "ON_HAND"}))["settings"]
    assert (kept["mode"], kept["everySeconds"]) == ("ON_HAND", 300)
    assert kept["safety"] == [{"sku": "sku-0001", "units": 2}]
    assert kept["feeds"] == [{"locationKey": "1", "warehouses": ["WH"]}]
    half = {"locationKey": "1", "sku": None, "share": 0.5, "cap": 40}
    assert (await turned_on(api, allocations=[half]))["settings"]["allocations"] == [half]
    refused = await turned_on(api, safety=[{"units": -1}])
    assert refused["userErrors"] == [{"code": "stock.settings_malformed", "field": ["input"]}]


async def test_the_first_plan_waits_for_a_person_and_then_for_nobody(api: Api) -> None:
    core = cast(StagedCore, api.core)
    await turned_on(api)
    core.erp.free["SKU-0002"] = 4
    plan = (await did(api, PLAN, id=mine(api)))["run"]
    assert (plan["state"], plan["needsApproval"]) == ("PLANNED", True)
    assert "FIRST" in plan["concerns"]
    assert plan["lines"]["nodes"] == [{"sku": "SKU-0002", "old": 10, "new": 4, "state": "PLANNED"}]
    assert core.shop.calls == []
    taken = (await did(api, APPROVE, id=plan["id"]))["run"]
    assert taken["state"] == "RUNNING"
    twice = await did(api, APPROVE, id=plan["id"])
    assert [each["code"] for each in twice["userErrors"]] == ["stock.plan_gone"]
    await core.work("worker").turns_due()
    run = "query ($id: ID!) { run(id: $id) { state progress { done calls } } }"
    assert (await api.ask(run, id=plan["id"]))["run"] == {
        "state": "DONE",
        "progress": {"done": 1, "calls": 1},
    }
    assert core.shop.shown[key(2)] == 4

    core.erp.free["SKU-0003"] = 7
    pushed = (await did(api, PUSH, id=mine(api), sku="SKU-0003"))["run"]
    assert (pushed["state"], pushed["counts"]["changed"], core.shop.shown[key(3)]) == ("DONE", 1, 7)
    actors = await api.owner.fetch("SELECT DISTINCT actor FROM audit_log")
    assert [row["actor"] for row in actors] == ["staff:7"]


async def test_a_plan_is_given_up_and_flows_run_when_they_are_told_to(api: Api) -> None:
    core = cast(StagedCore, api.core)
    await turned_on(api)
    core.erp.free["SKU-0002"] = 4
    started = (await did(api, START, id=mine(api), flow="INVENTORY"))["run"]
    stopped = await did(api, STOP, id=started["id"])
    assert stopped["run"]["state"] == "STOPPED"
    assert core.shop.calls == []
    await api.owner.execute("UPDATE schedule SET due_at = now() + interval '1 hour' WHERE flow = 'orders'")
    assert await did(api, START, id=mine(api), flow="ORDERS") == {"run": None, "userErrors": []}
    due = "SELECT due_at <= now() FROM schedule WHERE flow = 'orders' AND connection_id = $1"
    assert await api.owner.fetchval(due, api.mine.joined.connection)
    assert not await api.owner.fetchval(due, api.theirs.joined.connection)
    refused = await did(api, START, id=mine(api), flow="FULFILLMENTS")
    assert refused["userErrors"] == [{"code": "flow.no_clock", "field": ["flow"]}]


async def test_an_erp_that_is_away_is_told_of_and_another_tenants_run_is_nobodys(api: Api) -> None:
    core = cast(StagedCore, api.core)
    await turned_on(api)
    plan = (await did(api, PLAN, id=mine(api)))["run"]
    for document in (APPROVE, STOP):
        payload = (await api.ask(document, id=plan["id"], token=api.theirs.session)).popitem()[1]
        assert payload == {"run": None, "userErrors": [{"code": "run.unknown", "field": ["run"]}]}
    assert await api.owner.fetchval("SELECT state FROM run") == "planned"
    core.erp.silent = True
    away = await did(api, PLAN, id=mine(api))
    assert [each["code"] for each in away["userErrors"]] == ["connection.refused"]
