"""Replay and back-fill over the API: begun, refused with what can be done, approved, given up, and listed as runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.wiring import utc_now
from tests.graphql.conftest import Api

_RUN = "run { id kind state flow startedBy request { name value } tallies { name count } concerns needsApproval }"
BACKFILL = f"""mutation ($id: ID!, $span: SpanInput!) {{
    backfillStart(connection: $id, span: $span) {{ {_RUN} userErrors {{ code field message }} }} }}"""
APPROVE = f"mutation ($id: ID!) {{ backfillApprove(run: $id) {{ {_RUN} userErrors {{ code }} }} }}"
STOP = "mutation ($id: ID!) { runStop(run: $id) { run { state } userErrors { code } } }"
REPLAY = f"""mutation ($id: ID!, $span: SpanInput!, $dry: Boolean!, $mapping: String, $event: ID, $first: Int = 20) {{
    eventReplay(connection: $id, span: $span, dryRun: $dry, mappingVersion: $mapping, event: $event, first: $first) {{
        count endCursor rehearsals {{ key action }} {_RUN} userErrors {{ code field }} }} }}"""
RUNS = """query ($quiet: Boolean!) { runs(first: 10, quiet: $quiet) { nodes { kind state tallies { name count } } } }"""


def connection(api: Api) -> str:
    return f"gid://stockbridge/Connection/{api.mine.joined.connection}"


def span(*, days: float = 7, until: float = 0) -> dict[str, str]:
    now = utc_now()
    return {
        "since": (now - timedelta(days=days)).isoformat(),
        "until": (now - timedelta(days=until)).isoformat(),
    }


async def did(api: Api, document: str, **variables: Any) -> dict[str, Any]:
    (payload,) = (await api.ask(document, **{"id": connection(api), **variables})).values()
    return dict(payload)


async def test_a_back_fill_is_a_run_that_a_worker_carries_on_and_a_person_may_give_up(api: Api) -> None:
    begun = (await did(api, BACKFILL, span=span()))["run"]
    assert (begun["kind"], begun["state"], begun["flow"]) == ("BACKFILL", "RUNNING", "ORDERS")
    assert begun["startedBy"] == "staff:7"
    assert {each["name"] for each in begun["request"]} == {"since", "until"}
    waits = await did(api, APPROVE, id=begun["id"])
    assert [each["code"] for each in waits["userErrors"]] == ["run.waits_not"]
    assert (await did(api, STOP, id=begun["id"]))["run"]["state"] == "STOPPED"
    listed = (await api.ask(RUNS, quiet=False))["runs"]["nodes"]
    assert [(run["kind"], run["state"]) for run in listed] == [("BACKFILL", "STOPPED")]
    actions = [row["action"] for row in await api.owner.fetch("SELECT action FROM audit_log ORDER BY id")]
    assert actions == ["backfill.start", "run.stop"]


async def test_what_waits_for_a_person_goes_on_when_they_say_so(api: Api) -> None:
    begun = (await did(api, BACKFILL, span=span()))["run"]
    await api.owner.execute("UPDATE run SET state = 'planned', concerns = '{before_go_live}'")
    approved = (await did(api, APPROVE, id=begun["id"]))["run"]
    assert (approved["state"], approved["concerns"]) == ("RUNNING", ["BEFORE_GO_LIVE"])
    theirs = await api.ask(APPROVE, id=begun["id"], token=api.theirs.session)
    assert theirs["backfillApprove"]["userErrors"] == [{"code": "run.unknown"}]


async def test_a_range_that_shopify_does_not_show_is_refused_with_what_can_be_done(api: Api) -> None:
    refused = await did(api, BACKFILL, span=span(days=90))
    (error,) = refused["userErrors"]
    assert (error["code"], error["field"]) == ("backfill.too_old", ["span"])
    assert "60 days" in error["message"]
    assert "read_all_orders" in error["message"]
    assert (await did(api, BACKFILL, span=span(days=60)))["run"] is not None
    await api.owner.execute("UPDATE shop SET scopes = scopes || 'read_all_orders'::text")
    assert (await did(api, BACKFILL, span=span(days=90)))["run"] is not None


async def test_a_back_fill_against_the_owner_or_before_go_live_is_refused(api: Api) -> None:
    await api.owner.execute('UPDATE connection SET owners = \'{"orders": "host"}\'')
    refused = await did(api, BACKFILL, span=span())
    assert [each["code"] for each in refused["userErrors"]] == ["owner.refused"]
    refused = await did(api, REPLAY, span=span(), dry=False)
    assert [each["code"] for each in refused["userErrors"]] == ["owner.refused"]
    await api.owner.execute("UPDATE connection SET owners = '{}', state = 'setup'")
    for document, more in ((BACKFILL, {}), (REPLAY, {"dry": False})):
        refused = await did(api, document, span=span(), **more)
        assert [each["code"] for each in refused["userErrors"]] == ["connection.not_live"]
    empty = await did(api, BACKFILL, span=span(days=1, until=2))
    assert [each["code"] for each in empty["userErrors"]] == ["span.empty"]


async def test_a_replay_is_dry_unless_told_otherwise_and_names_what_it_does_not_know(api: Api) -> None:
    dry = await did(api, REPLAY, span=span(), dry=True)
    assert (dry["count"], dry["rehearsals"], dry["run"], dry["endCursor"]) == (0, [], None, None)
    assert await api.owner.fetchval("SELECT count(*) FROM run") == 0
    live = await did(api, REPLAY, span=span(), dry=False, mapping="current")
    assert live["run"]["kind"] == "REPLAY"
    assert {"name": "mapping", "value": "1"} in live["run"]["request"]
    for given, code, field in (
        ({"mapping": "99"}, "mapping.unknown", "mappingVersion"),
        ({"mapping": "newest"}, "mapping.unknown", "mappingVersion"),
        ({"event": "x"}, "event.unknown", "event"),
        ({"first": 0}, "page.size", "first"),
    ):
        wrong = await did(api, REPLAY, **{"span": span(), "dry": True, **given})
        assert wrong["userErrors"] == [{"code": code, "field": [field]}]


async def test_comparisons_that_found_nothing_are_listed_when_they_are_asked_for(api: Api) -> None:
    joined = api.mine.joined
    await api.owner.execute(
        "INSERT INTO run (tenant_id, connection_id, flow, started_by, state, ended_at, counts, quiet)"
        " SELECT $1, $2, 'orders', 'schedule', 'done', now(), '{\"wanted\": 0}', q FROM unnest(ARRAY[true, false]) AS q",
        joined.tenant,
        joined.connection,
    )
    assert len((await api.ask(RUNS, quiet=False))["runs"]["nodes"]) == 1
    shown = (await api.ask(RUNS, quiet=True))["runs"]["nodes"]
    assert [run["tallies"] for run in shown] == [[{"name": "wanted", "count": 0}]] * 2
