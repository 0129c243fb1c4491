"""Stock and runs over the API: both sides' quantities beside each other, plans line by line, progress from a cursor on."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

from app.graphql.door import PATH
from tests.graphql.conftest import Api, Tenant
from tests.patience import FAR

LEVELS = """
query ($id: ID!, $first: Int, $after: String, $query: String) {
  stockLevels(connection: $id, first: $first, after: $after, query: $query) {
    nodes { sku location { name } available hostQuantity safetyStock allocated differs }
    pageInfo { hasNextPage endCursor } mode linkedAt userErrors { code }
  }
}
"""


async def stocked(api: Api, count: int, *, of: Tenant | None = None) -> None:
    """A shop with one location and SKUs `a-1`, `A-2` and so on; the ERP has 7 of each and the shop shows 5."""
    whose = (of or api.mine).joined
    place = (whose.tenant, whose.shop)
    await api.owner.execute(
        "INSERT INTO store_location (tenant_id, shop_id, location_key, name, active) VALUES ($1, $2, '10', 'Berlin', true)",
        *place,
    )
    await api.owner.execute(
        "INSERT INTO stock_item (tenant_id, shop_id, item_key, sku, sku_search)"
        " SELECT $1, $2, n::text, CASE WHEN n % 2 = 0 THEN 'A-' ELSE 'a-' END || n, 'a-' || n FROM generate_series(1, $3::int) n",
        *place,
        count,
    )
    await api.owner.execute(
        "INSERT INTO stock_level (tenant_id, shop_id, item_key, location_key, available, on_hand, committed, seen_at)"
        " SELECT $1, $2, n::text, '10', 5, 6, 1, now() FROM generate_series(1, $3::int) n",
        *place,
        count,
    )
    settings = {"warehouses": {"10": ["MAIN"]}, "safety": [{"location": "", "sku": "a-2", "units": 2}],
        "allocations": [{"location": "10", "sku": "a-1", "share": 0.5, "cap": 9}]}  # fmt: skip
    await api.owner.execute(
        "INSERT INTO stock_setting (tenant_id, connection_id, settings, linked_at) VALUES ($1, $2, $3::jsonb, now())",
        whose.tenant,
        whose.connection,
        json.dumps(settings),
    )
    await api.owner.execute(
        "INSERT INTO stock_reading (tenant_id, connection_id, item, warehouse, available, observed_at)"
        " SELECT $1, $2, CASE WHEN n % 2 = 0 THEN 'A-' ELSE 'a-' END || n, 'MAIN', 7, now()"
        " FROM generate_series(1, $3::int) n WHERE n <> 3",
        whose.tenant,
        whose.connection,
        count,
    )


def connection(tenant: Tenant) -> str:
    return f"gid://stockbridge/Connection/{tenant.joined.connection}"


async def test_both_sides_stand_beside_each_other(api: Api) -> None:
    await stocked(api, 3)
    found = (await api.ask(LEVELS, id=connection(api.mine)))["stockLevels"]
    wanted = ("sku", "available", "hostQuantity", "safetyStock", "allocated", "differs")
    assert [tuple(node[name] for name in wanted) for node in found["nodes"]] == [
        ("a-1", 5, 7, 0, 3, True),
        ("A-2", 5, 7, 2, 5, False),
        ("a-3", 5, None, 0, None, None),
    ]
    assert (found["mode"], found["userErrors"]) == ("AVAILABLE", [])
    assert found["linkedAt"]


async def test_every_level_is_on_one_page_and_found_by_its_skus_beginning(api: Api) -> None:
    await stocked(api, 12)
    found: list[str] = []
    after = None
    for _ in range(10):
        page = (await api.ask(LEVELS, id=connection(api.mine), first=5, after=after))["stockLevels"]
        found += [node["sku"].lower() for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == sorted(f"a-{n}" for n in range(1, 13))
    some = (await api.ask(LEVELS, id=connection(api.mine), query="A-1"))["stockLevels"]["nodes"]
    assert [node["sku"] for node in some] == ["a-1", "A-10", "a-11", "A-12"]


async def test_a_page_of_levels_takes_as_many_statements_for_fifty_as_for_one(api: Api) -> None:
    await stocked(api, 50)
    spent = {}
    for first in (1, 50):
        api.counted.said.clear()
        await api.ask(LEVELS, id=connection(api.mine), first=first)
        spent[first] = len(api.counted.said)
    assert spent[50] == spent[1] <= 7


async def test_anothers_stock_and_runs_are_as_unknown_as_those_that_never_were(api: Api) -> None:
    await stocked(api, 2)
    await stocked(api, 2, of=api.theirs)
    theirs = (await api.ask(LEVELS, id=connection(api.theirs)))["stockLevels"]
    assert (theirs["nodes"], theirs["userErrors"]) == ([], [{"code": "connection.unknown"}])
    assert len((await api.ask(LEVELS, id=connection(api.mine)))["stockLevels"]["nodes"]) == 2
    run = f"gid://stockbridge/Run/{await begun(api, api.theirs)}"
    one = "query ($id: ID!) { run(id: $id) { id } runs { nodes { id } } }"
    assert await api.ask(one, id=run) == {"run": None, "runs": {"nodes": []}}
    assert (await api.ask(one, id=run, token=api.theirs.session))["run"]["id"] == run
    (error,) = (await streamed(api, run))["errors"]
    assert error["extensions"]["code"] == "run.unknown"


async def begun(
    api: Api, of: Tenant, *, state: str = "planned", concerns: tuple[str, ...] = ("first",)
) -> UUID:
    """A plan of three levels."""
    run, joined = uuid4(), of.joined
    await api.owner.execute(
        "INSERT INTO run (tenant_id, id, connection_id, flow, started_by, state, counts, concerns, checkpoint)"
        " VALUES ($1, $2, $3, 'inventory', 'schedule', $4, '{\"levels\": 5, \"changed\": 3, \"raised\": 3}', $5, 'x')",
        joined.tenant,
        run,
        joined.connection,
        state,
        list(concerns),
    )
    await api.owner.execute(
        "INSERT INTO stock_line (tenant_id, run_id, location_key, item_key, sku, old, new, observed_at)"
        " SELECT $1, $2, '10', n::text, 'a-' || n, 5, 7, now() FROM generate_series(1, 3) n",
        joined.tenant,
        run,
    )
    return run


async def test_a_plan_is_read_level_by_level(api: Api) -> None:
    run = await begun(api, api.mine)
    document = """query ($id: ID!, $after: String) { run(id: $id) { state needsApproval concerns counts { changed raised }
        progress { total done callsPlanned pointsPlanned } connection { name }
        lines(first: 2, after: $after) { nodes { sku old new state } pageInfo { hasNextPage endCursor } } } }"""
    id_ = f"gid://stockbridge/Run/{run}"
    found = (await api.ask(document, id=id_))["run"]
    assert (found["state"], found["needsApproval"], found["concerns"]) == ("PLANNED", True, ["FIRST"])
    assert found["progress"] == {"total": 3, "done": 0, "callsPlanned": 1, "pointsPlanned": 10}
    assert found["lines"]["nodes"][0] == {"sku": "a-1", "old": 5, "new": 7, "state": "PLANNED"}
    rest = (await api.ask(document, id=id_, after=found["lines"]["pageInfo"]["endCursor"]))["run"]["lines"]
    assert [node["sku"] for node in rest["nodes"]] == ["a-3"]
    assert not rest["pageInfo"]["hasNextPage"]


async def test_runs_come_newest_first_on_as_many_pages_as_it_takes(api: Api) -> None:
    runs = [await begun(api, api.mine, state="done", concerns=()) for _ in range(5)]
    document = """query ($after: String) {
        runs(first: 2, after: $after) { nodes { id connection { name } } pageInfo { endCursor } } }"""
    found: list[str] = []
    after = None
    for _ in range(3):
        page = (await api.ask(document, after=after))["runs"]
        found += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert found == [f"gid://stockbridge/Run/{run}" for run in reversed(runs)]


WATCH = """subscription ($run: ID!, $after: String) { runProgress(run: $run, after: $after) {
    cursor over run { state progress { total done } } events { sentence } } }"""


async def streamed(api: Api, run: str, *, after: str | None = None) -> dict[str, Any]:
    """Everything a client of the stream hears until it ends; errors as they came."""
    heard: dict[str, Any] = {"next": [], "errors": []}
    body = {"query": WATCH, "variables": {"run": run, "after": after}}
    headers = {"Authorization": f"Bearer {api.mine.session}", "Accept": "text/event-stream"}
    answer = await api.client.post(PATH, json=body, headers=headers, timeout=FAR)
    assert answer.headers["content-type"].startswith("text/event-stream"), answer.text
    for line in answer.text.splitlines():
        if line.startswith("data: {"):
            told = json.loads(line.removeprefix("data: "))
            heard["errors"] += told.get("errors") or []
            heard["next"] += [told["data"]["runProgress"]] if told.get("data") else []
    return heard


async def said(api: Api, run: UUID, sentence: str) -> None:
    await api.owner.execute(
        "INSERT INTO timeline (tenant_id, connection_id, run_id, kind, sentence) VALUES ($1, $2, $3, 'note', $4)",
        api.mine.joined.tenant,
        api.mine.joined.connection,
        run,
        sentence,
    )


async def test_a_run_tells_its_lines_in_their_order_and_leaves_none_out(api: Api) -> None:
    """More than fit into one answer, and written by transactions whose numbers grow longer."""
    run = await begun(api, api.mine, state="running", concerns=())
    await api.owner.execute(
        "INSERT INTO timeline (tenant_id, connection_id, run_id, kind, sentence, tx)"
        " SELECT $1, $2, $3, 'note', n::text, n::text::xid8 FROM generate_series(900, 1130) AS n",
        api.mine.joined.tenant,
        api.mine.joined.connection,
        run,
    )
    await api.owner.execute("UPDATE run SET state = 'done', ended_at = now() WHERE id = $1", run)
    heard = (await streamed(api, f"gid://stockbridge/Run/{run}"))["next"]
    told = [event["sentence"] for each in heard for event in each["events"]]
    assert told == [str(n) for n in range(900, 1131)]


async def test_a_watcher_hears_every_line_and_one_who_was_cut_off_goes_on_where_it_was(api: Api) -> None:
    run = await begun(api, api.mine, state="running", concerns=())
    await said(api, run, "one")

    async def goes_on() -> None:
        for n in (1, 2, 3):
            await asyncio.sleep(0.3)
            await said(api, run, f"level {n}")
            await api.owner.execute(
                "UPDATE stock_line SET state = 'done' WHERE run_id = $1 AND item_key = $2", run, str(n)
            )
        await api.owner.execute("UPDATE run SET state = 'done', ended_at = now() WHERE id = $1", run)

    worker = asyncio.create_task(goes_on())
    heard = (await streamed(api, f"gid://stockbridge/Run/{run}"))["next"]
    await worker
    sentences = [event["sentence"] for each in heard for event in each["events"]]
    assert sentences == ["one", "level 1", "level 2", "level 3"]
    assert heard[-1]["over"]
    assert heard[-1]["run"] == {"state": "DONE", "progress": {"total": 3, "done": 3}}
    assert not heard[0]["over"]

    cut = next(each["cursor"] for each in heard if each["events"])
    again = (await streamed(api, f"gid://stockbridge/Run/{run}", after=cut))["next"]
    before = [
        e["sentence"] for each in heard[: 1 + [h["cursor"] for h in heard].index(cut)] for e in each["events"]
    ]
    assert before + [e["sentence"] for each in again for e in each["events"]] == sentences
