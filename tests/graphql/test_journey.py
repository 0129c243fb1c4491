"""From an empty organisation to an order in the ERP by the API alone: test, create, plan, go live, watch, pause, mend."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import httpx
import pytest
from prometheus_client import CollectorRegistry

from app import probes
from app.main import application
from app.ports import CHARGES
from app.wiring import open_core, open_inbox
from tests.conftest import Addresses
from tests.graphql.conftest import Api, Tenant
from tests.graphql.counting import Counted
from tests.hosts.memory.rig import MemoryUnderTest, running
from tests.models.world import TABLES, Joined
from tests.patience import FAR
from tests.stores.conftest import STORES
from tests.stores.rig import MemoryStoreUnderTest, memory_store, process
from tests.stores.world import settings


@pytest.fixture(scope="module")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryUnderTest]:
    with running(tmp_path_factory.mktemp("erp") / "erp.sqlite", items="any") as under:
        yield under


@pytest.fixture(scope="module")
def store() -> Iterator[MemoryStoreUnderTest]:
    with process("memory_store") as address:
        yield memory_store(address)


@pytest.fixture
async def world(
    store: MemoryStoreUnderTest, erp: MemoryUnderTest, addresses: Addresses, valkey_url: str
) -> AsyncIterator[Api]:
    """An organisation with a shop and no connection; its tool comes in with an `admin` token."""
    endpoints = frozenset({erp.endpoint, store.address.removeprefix("http://")})
    made = settings(addresses, valkey_url, shopify_address="http://127.0.0.1:9/{shop}", endpoints=endpoints)
    async with open_core(made, database_size=4, stores=STORES) as core, open_inbox(core) as inbox:
        tenant, shop = await store.join(core)
        owner = await asyncpg.connect(addresses.owner)
        joined = Joined(tenant=tenant, shop=shop, connection=shop, domain=store.name)
        mine = Tenant(joined=joined, core=core)
        app = application(core, inbox, probes.metrics(CollectorRegistry()))
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="https://app.example", timeout=FAR
        ) as client:
            yield Api(
                app=app,
                core=core,
                client=client,
                owner=owner,
                mine=mine,
                theirs=mine,
                counted=Counted(core.database),
            )
        await owner.close()


def pairs(values: Any) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def form(erp: MemoryUnderTest, **changed: str) -> dict[str, Any]:
    tables = [{"name": name, "rows": pairs(rows)} for name, rows in TABLES.items()]
    return {"host": "memory", "fields": pairs({**erp.credentials, **changed}), "tables": tables}


TEST = """mutation ($input: ConnectionTestInput!) { connectionTest(input: $input) {
    answer { account } userErrors { code field message } } }"""
CREATE = """mutation ($input: ConnectionCreateInput!) { connectionCreate(input: $input) {
    connection { id state health } answer { account } userErrors { code field message } } }"""
PLAN = """query ($id: ID!) { goLivePlan(connection: $id) {
    plan { cutOver complete counts { action count } orders { storeKey name action approvable } } userErrors { code } } }"""
LIVE = """mutation ($id: ID!, $at: DateTime!, $approve: [String!]) { connectionGoLive(id: $id, cutOver: $at,
    approve: $approve) { connection { state goLiveAt health lastSuccessAt nextReconciliationAt } userErrors { code } } }"""
WATCH = """query ($query: String) { orders(query: $query) { nodes { id state name hostNumber total { amount currency }
    timeline { nodes { kind sentence exchange { outcome number payload request response } } } } } }"""


async def connected(world: Api, erp: MemoryUnderTest, token: str) -> str:
    payload = (await world.ask(CREATE, token=token, input=form(erp)))["connectionCreate"]
    assert payload["userErrors"] == []
    assert payload["connection"]["state"] == "SETUP"
    return str(payload["connection"]["id"])


async def test_what_is_wrong_is_told_and_nothing_is_kept(world: Api, erp: MemoryUnderTest) -> None:
    token = await world.mine.token("admin")
    fields = {"host": "memory", "fields": pairs(erp.wrong_key)}
    refused = (await world.ask(TEST, token=token, input=fields))["connectionTest"]
    assert refused["answer"] is None
    assert [(each["code"], each["field"]) for each in refused["userErrors"]] == [
        ("access.refused", ["input", "fields"])
    ]
    assert erp.credentials["key"] not in str(refused)
    for wrong, code in (
        (form(erp, address="https://127.0.0.1:1"), "address.not_allowed"),
        (form(erp, made_up="x"), "form.incomplete"),
        ({**form(erp), "host": "abacus"}, "host.unknown"),
        ({**form(erp), "options": pairs({"made_up": "x"})}, "option.unknown"),
    ):
        payload = (await world.ask(CREATE, token=token, input=wrong))["connectionCreate"]
        assert [each["code"] for each in payload["userErrors"]] == [code]
    assert await world.owner.fetchval("SELECT count(*) FROM connection") == 0
    good = await world.ask(TEST, token=token, input={"host": "memory", "fields": pairs(erp.credentials)})
    assert good["connectionTest"]["answer"]["account"]


async def test_a_new_connection_begins_with_what_its_erp_proposes_under_what_is_given(
    world: Api, erp: MemoryUnderTest
) -> None:
    token = await world.mine.token("admin")
    given = form(erp) | {"tables": [{"name": "special", "rows": pairs({"Tip": "THANKS"})}]}
    assert (await world.ask(CREATE, token=token, input=given))["connectionCreate"]["userErrors"] == []
    stored = await world.owner.fetchval("SELECT tables ->> 'special' FROM mapping_version WHERE number = 1")
    special = json.loads(stored)
    assert (special.pop("Tip"), special.get("tip")) == ("THANKS", None)
    assert special == {name: code for name, code in CHARGES.items() if name != "tip"}


async def test_an_order_reaches_the_erp_and_tells_its_story(
    world: Api, erp: MemoryUnderTest, store: MemoryStoreUnderTest
) -> None:
    token = await world.mine.token("admin")
    made = await connected(world, erp, token)
    (old,) = await store.place(days_ago=1)
    plan = (await world.ask(PLAN, token=token, id=made))["goLivePlan"]["plan"]
    assert plan["complete"]
    assert {"storeKey": old.key, "name": old.name, "action": "CREATE", "approvable": True} in plan["orders"]
    asked = {"id": made, "at": plan["cutOver"], "approve": [old.key]}
    live = (await world.ask(LIVE, token=token, **asked))["connectionGoLive"]
    assert (live["connection"]["state"], live["connection"]["health"]) == ("LIVE", "GOOD")
    assert live["connection"]["nextReconciliationAt"]
    again = (await world.ask(LIVE, token=token, **asked))["connectionGoLive"]
    assert again["userErrors"] == [{"code": "connection.live"}]

    work = world.core.work("test")
    for _ in range(40):
        await work.drain(world.mine.joined.tenant, world.mine.joined.shop)
        (order,) = (await world.ask(WATCH, token=token, query=old.name))["orders"]["nodes"]
        if order["state"] == "SETTLED":
            break
    assert order["state"] == "SETTLED", order
    assert order["hostNumber"]
    assert order["total"] == {"amount": f"{old.total:.2f}", "currency": old.currency}
    lines = order["timeline"]["nodes"]
    sent = [line["exchange"] for line in lines if line["kind"] == "sending"]
    assert sent
    assert all(exchange["outcome"] == "DONE" for exchange in sent)
    assert sent[-1]["payload"]
    assert erp.credentials["key"] not in str(lines)


async def test_a_connection_is_changed_paused_and_resumed(world: Api, erp: MemoryUnderTest) -> None:
    token = await world.mine.token("admin")
    made = await connected(world, erp, token)
    change = """mutation ($id: ID!, $input: ConnectionUpdateInput!) { connectionUpdate(id: $id, input: $input) {
        connection { name noWrites mappingVersion options { name value } } answer { account } userErrors { code } } }"""
    wish = {"name": "Warehouse", "noWrites": True, "options": pairs({"paid_document": "sales_order"}),
        "fields": pairs({"key": ""})}  # fmt: skip
    payload = (await world.ask(change, token=token, id=made, input=wish))["connectionUpdate"]
    assert payload["userErrors"] == []
    assert payload["answer"]["account"]
    assert payload["connection"] == {"name": "Warehouse", "noWrites": True, "mappingVersion": 1,
        "options": [{"name": "paid_document", "value": "sales_order"}]}  # fmt: skip
    elsewhere = {"fields": pairs({"address": "https://127.0.0.1:1"})}
    payload = (await world.ask(change, token=token, id=made, input=elsewhere))["connectionUpdate"]
    assert payload["userErrors"] == [{"code": "form.incomplete"}]

    plan = (await world.ask(PLAN, token=token, id=made))["goLivePlan"]["plan"]
    await world.ask(LIVE, token=token, id=made, at=plan["cutOver"])
    switch = "mutation ($id: ID!) { %s(id: $id) { connection { state pause { code } } userErrors { code } } }"
    paused = (await world.ask(switch % "connectionPause", token=token, id=made))["connectionPause"]
    assert paused["connection"] == {"state": "PAUSED", "pause": {"code": "connection.paused_by_hand"}}
    resumed = (await world.ask(switch % "connectionResume", token=token, id=made))["connectionResume"]
    assert resumed["connection"] == {"state": "LIVE", "pause": None}
    twice = (await world.ask(switch % "connectionResume", token=token, id=made))["connectionResume"]
    assert twice["userErrors"] == [{"code": "connection.not_paused"}]
    actions = await world.owner.fetch("SELECT action FROM audit_log ORDER BY id")
    assert [row["action"] for row in actions] == ["connection.create", "connection.update", "connection.go_live",
        "connection.pause", "connection.resume"]  # fmt: skip


async def test_a_form_shows_again_what_was_entered_and_no_secret(world: Api, erp: MemoryUnderTest) -> None:
    token = await world.mine.token("admin")
    made = await connected(world, erp, token)
    form = "query ($id: ID!) { connectionForm(connection: $id) { fields { name value } tables { name rows { name value } } } }"
    shown = (await world.ask(form, token=token, id=made))["connectionForm"]
    assert {each["name"]: each["value"] for each in shown["fields"]}["address"] == erp.credentials["address"]
    assert erp.credentials["key"] not in str(shown)
    assert {"name": "payments", "rows": [{"name": "*", "value": "BANK"}]} in shown["tables"]
