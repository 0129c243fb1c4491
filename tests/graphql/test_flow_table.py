"""The table of flows over the API: read, changed, stopped and resumed, and every change in the audit log."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.models import answers
from app.registry import HOSTS
from app.sync.answering import Answering
from tests.graphql.conftest import Api

TABLE = """query ($id: ID!) { flowTable(connection: $id) {
    flow owner direction on cadence cadenceChosen zone nextAt stoppedAt stoppedBy running } }"""
_SHOWN = "{ setting { flow owner direction on cadence cadenceChosen stoppedBy } userErrors { code field message } }"
CHANGE = f"""mutation ($id: ID!, $flow: Flow!, $input: FlowChangeInput!) {{
    flowChange(connection: $id, flow: $flow, input: $input) {_SHOWN} }}"""
STOP = f"mutation ($id: ID!, $flow: Flow!) {{ flowStop(connection: $id, flow: $flow) {_SHOWN} }}"
RESUME = f"mutation ($id: ID!, $flow: Flow!) {{ flowResume(connection: $id, flow: $flow) {_SHOWN} }}"
_STOCK = """mutation ($id: ID!) { stockSettingsSave(connection: $id,
    input: { feeds: [{ locationKey: "1", warehouses: ["WH"] }] }) { userErrors { message } } }"""
_PRICES = "mutation ($id: ID!) { priceSettingsSave(connection: $id, input: {}) { userErrors { message } } }"
LOG = """query ($first: Int!, $after: String, $id: ID) { auditLog(first: $first, after: $after, connection: $id) {
    nodes { actor action subject facts { name value } } pageInfo { hasNextPage endCursor } } }"""


def connection(api: Api, *, theirs: bool = False) -> str:
    whose = api.theirs if theirs else api.mine
    return f"gid://stockbridge/Connection/{whose.joined.connection}"


async def did(api: Api, document: str, **variables: Any) -> dict[str, Any]:
    (payload,) = (await api.ask(document, id=connection(api), **variables)).values()
    return dict(payload)


async def changed(api: Api, flow: str = "ORDERS", **wish: Any) -> dict[str, Any]:
    return await did(api, CHANGE, flow=flow, input=wish)


async def test_the_table_shows_all_seven_flows_with_the_owners_of_the_product(api: Api) -> None:
    rows = (await api.ask(TABLE, id=connection(api)))["flowTable"]
    assert {row["flow"]: (row["owner"], row["direction"]) for row in rows} == {
        "ORDERS": ("STORE", "STORE_TO_HOST"),
        "REFUNDS": ("STORE", "STORE_TO_HOST"),
        "CUSTOMERS": ("EITHER", "BOTH"),
        "PRODUCTS": ("HOST", "HOST_TO_STORE"),
        "PRICES": ("HOST", "HOST_TO_STORE"),
        "INVENTORY": ("HOST", "HOST_TO_STORE"),
        "FULFILLMENTS": ("HOST", "HOST_TO_STORE"),
    }
    orders, refunds = rows[0], rows[1]
    assert (orders["cadence"], orders["cadenceChosen"], refunds["cadence"]) == (
        "@every 0.3",
        False,
        None,
    )
    assert orders["nextAt"] is not None
    assert (await api.ask(TABLE, id=connection(api, theirs=True)))["flowTable"] == []


_BOTH = """query ($id: ID!) { flowTable(connection: $id) { flow on } connection(id: $id) { flows { flow on } } }"""


async def told(api: Api) -> dict[str, bool]:
    """Which flows are on, as both say it."""
    both = await api.ask(_BOTH, id=connection(api))
    assert both["connection"]["flows"] == both["flowTable"]
    return {row["flow"]: row["on"] for row in both["flowTable"]}


async def test_the_table_and_the_connection_say_the_same_of_every_flow_however_it_was_set(api: Api) -> None:
    by_events = {"ORDERS", "REFUNDS", "PRODUCTS", "FULFILLMENTS"}
    joined = api.mine.joined

    async def switched(flows: str, **more: str) -> set[str]:
        named = {"flows": flows, "host": "memory", **more}
        await api.owner.execute(
            "UPDATE connection SET flows = $2, host = $3 WHERE id = $1",
            joined.connection, named["flows"], named["host"],
        )  # fmt: skip
        return {flow for flow, on in (await told(api)).items() if on}

    assert await switched("{}") == by_events
    assert await switched('{"customers": true, "products": false}') == (by_events | {"CUSTOMERS"}) - {
        "PRODUCTS"
    }
    assert await switched('{"inventory": true, "prices": true}') == by_events, "nobody has set them up"
    for save in (_STOCK, _PRICES):
        (payload,) = (await api.ask(save, id=connection(api))).values()
        assert payload["userErrors"] == []
    assert await switched("{}") == by_events | {"INVENTORY", "PRICES"}
    assert await switched('{"inventory": false, "orders": false}') == (by_events | {"PRICES"}) - {"ORDERS"}
    assert await switched("{}", host="gone") == set(), "no ERP that this server knows takes part"
    lacks = {flow.value.upper() for flow in HOSTS["tryton"].missing}
    assert lacks
    assert await switched('{"customers": true}', host="tryton") == set(await told(api)) - lacks


async def test_another_owner_has_what_was_refused_run_again_in_as_many_statements_however_much_there_is(
    api: Api,
) -> None:
    joined, spent = api.mine.joined, list[int]()
    for times, owner in ((0, "EITHER"), (1, "STORE"), (2, "HOST")):
        count = times * answers.AT_A_TIME + 3
        await api.owner.execute("DELETE FROM record WHERE tenant_id = $1", joined.tenant)
        await api.orders(count, state="skipped", code="owner.refused", first=10_001)
        await api.orders(1, state="skipped", code="order.test", first=9001)
        await api.owner.execute("UPDATE record SET wanted = done WHERE tenant_id = $1", joined.tenant)
        api.counted.said.clear()
        assert (await changed(api, owner=owner))["userErrors"] == []
        spent.append(len(api.counted.said))
    assert spent[1] == spent[2] <= spent[0] + 6, "what is left is put down for a worker"
    assert len(await left(api)) == answers.AT_A_TIME + 3 + 1
    poked = list[UUID]()

    async def poke(_: UUID, shop: UUID) -> None:
        poked.append(shop)

    worker = Answering(database=api.core.database, poke=poke, lease=timedelta(seconds=60))
    await worker.turn(joined.tenant, joined.connection)
    assert (await left(api), set(poked)) == (["9001"], {joined.shop})


async def left(api: Api) -> list[str]:
    """What nobody has asked to be decided anew."""
    rows = await api.owner.fetch(
        "SELECT source_key FROM record WHERE tenant_id = $1 AND wanted = done ORDER BY source_key",
        api.mine.joined.tenant,
    )
    return [row["source_key"] for row in rows]


async def test_each_change_is_kept_and_noted_with_what_was_before(api: Api) -> None:
    await changed(api, owner="EITHER", cadence="@every 60")
    shown = (await changed(api, cadence="every_5_minutes", on=True))["setting"]
    assert (shown["owner"], shown["direction"], shown["cadence"]) == ("EITHER", "BOTH", "every_5_minutes")
    assert not (await changed(api, cadence="usual"))["setting"]["cadenceChosen"]
    log = (await api.ask(LOG, first=10, id=connection(api)))["auditLog"]["nodes"]
    told = [(e["actor"], e["action"], {f["name"]: f["value"] for f in e["facts"]}) for e in log]
    assert told == [
        ("staff:7", "flow.cadence", {"flow": "orders", "old": "every_5_minutes", "new": "usual"}),
        ("staff:7", "flow.cadence", {"flow": "orders", "old": "@every 60", "new": "every_5_minutes"}),
        ("staff:7", "flow.switch", {"flow": "orders", "old": "on", "new": "on"}),
        ("staff:7", "flow.cadence", {"flow": "orders", "old": "usual", "new": "@every 60"}),
        ("staff:7", "flow.owner", {"flow": "orders", "old": "store", "new": "either"}),
    ]


async def test_what_can_not_be_meant_changes_nothing(api: Api) -> None:
    wrong = await changed(api, owner="HOST", cadence="0 25 * * *")
    assert wrong["setting"] is None
    assert [(e["code"], e["field"]) for e in wrong["userErrors"]] == [("cadence.malformed", ["input"])]
    assert "hour" in wrong["userErrors"][0]["message"]
    for flow, wish, code in (
        ("REFUNDS", {"cadence": "hourly"}, "flow.no_clock"),
        ("REFUNDS", {"cadence": "@every 60"}, "flow.no_clock"),
        ("ORDERS", {}, "change.nothing"),
    ):
        found = [each["code"] for each in (await changed(api, flow, **wish))["userErrors"]]
        assert found == [code]
    rows = (await api.ask(TABLE, id=connection(api)))["flowTable"]
    assert rows[0]["owner"] == "STORE"
    assert await api.owner.fetchval("SELECT count(*) FROM audit_log") == 0


async def test_a_flow_is_stopped_and_resumed_with_one_action_each(api: Api) -> None:
    stopped = await did(api, STOP, flow="REFUNDS")
    assert stopped["setting"]["stoppedBy"] == "staff:7"
    assert [e["code"] for e in (await did(api, STOP, flow="REFUNDS"))["userErrors"]] == ["flow.stopped"]
    assert (await did(api, RESUME, flow="REFUNDS"))["setting"]["stoppedBy"] is None
    again = await did(api, RESUME, flow="REFUNDS")
    assert [(e["code"], e["field"]) for e in again["userErrors"]] == [("flow.not_stopped", ["flow"])]
    actions = [row["action"] for row in await api.owner.fetch("SELECT action FROM audit_log ORDER BY id")]
    assert actions == ["flow.stop", "flow.resume"]


async def test_another_tenants_flows_can_not_be_changed_nor_its_log_read(api: Api) -> None:
    theirs = connection(api, theirs=True)
    for document, given in ((STOP, {}), (RESUME, {}), (CHANGE, {"input": {"owner": "EITHER"}})):
        (payload,) = (await api.ask(document, id=theirs, flow="ORDERS", **given)).values()
        assert [each["code"] for each in payload["userErrors"]] == ["connection.unknown"]
    await did(api, STOP, flow="ORDERS")
    log = await api.ask(LOG, first=10, token=api.theirs.session)
    assert log["auditLog"]["nodes"] == []
    reader = await api.mine.token("read_status")
    assert await api.refused(LOG, first=10, token=reader) == ["api.scope_missing"]
    assert await api.refused(STOP, id=connection(api), flow="ORDERS", token=reader) == ["api.scope_missing"]


async def test_the_log_is_read_page_by_page(api: Api) -> None:
    for owner in ("EITHER", "STORE", "EITHER", "STORE", "EITHER"):
        await changed(api, owner=owner)
    seen: list[str] = []
    after = None
    while True:
        page = (await api.ask(LOG, first=2, after=after))["auditLog"]
        seen += [f["value"] for e in page["nodes"] for f in e["facts"] if f["name"] == "new"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == ["either", "store", "either", "store", "either"]
    assert await api.refused(LOG, first=2, after="bm90IG91cnM") == ["page.cursor"]


PULSE = "query ($id: ID!) { flowTable(connection: $id) { flow lastSuccessAt lagSeconds } }"


async def pulses(api: Api) -> dict[str, tuple[str | None, float]]:
    rows = (await api.ask(PULSE, id=connection(api)))["flowTable"]
    return {row["flow"]: (row["lastSuccessAt"], row["lagSeconds"]) for row in rows}


async def test_each_flow_says_when_it_last_succeeded_and_how_late_it_is(api: Api) -> None:
    assert set((await pulses(api)).values()) == {(None, 0.0)}
    await api.orders(2)
    await api.orders(2, state="waiting", first=2001)
    await api.owner.execute(
        "UPDATE record SET due_at = now() - CASE source_key WHEN '2001' THEN interval '90 seconds' ELSE interval '-1 hour' END"
        " WHERE state = 'waiting'"
    )
    await api.owner.execute("UPDATE record SET kind = 'refund' WHERE source_key = '1002'")
    await api.owner.execute(
        "INSERT INTO run (tenant_id, connection_id, flow, started_by, state, ended_at) SELECT $1, $2, 'prices', 'schedule',"
        " state, now() FROM unnest(ARRAY['done', 'failed']) AS state",
        api.mine.joined.tenant,
        api.mine.joined.connection,
    )
    found = await pulses(api)
    assert 90 <= found["ORDERS"][1] < 120
    assert {flow for flow, (succeeded, _) in found.items() if succeeded} == {"ORDERS", "REFUNDS", "PRICES"}
    assert {flow for flow, (_, lag) in found.items() if lag} == {"ORDERS"}
