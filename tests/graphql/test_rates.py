"""Exchange rates over the API: all or none, exact, page after page; what waited for one runs again, and decisions see them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.errors import Reason
from app.mapping.rates import Rate
from app.models import connections, rate_sources, rates, schedules
from app.ports import NO_RATES
from tests.graphql.conftest import Api
from tests.graphql.test_table_files import codes, did

ENTER = """mutation ($id: ID!, $input: [RateInput!]!) { ratesEnter(connection: $id, input: $input) {
    changed records faults { line } userErrors { code message field } } }"""
IMPORT = """mutation ($id: ID!, $csv: String!) { ratesImport(connection: $id, csv: $csv) {
    changed records faults { line sentence } userErrors { code } } }"""
LIST = """query ($id: ID!, $first: Int! = 25, $after: String) { rates(connection: $id, first: $first, after: $after) {
    nodes { fromCurrency toCurrency rate day goodForDays madeBy } pageInfo { hasNextPage endCursor } userErrors { code } } }"""


def usd(day: str, rate: str, **more: Any) -> dict[str, Any]:
    return {"fromCurrency": "usd", "toCurrency": "EUR", "rate": rate, "day": day, **more}


async def entered(api: Api, *given: dict[str, Any]) -> Any:
    return await did(api, ENTER, input=list(given))


async def test_a_rate_is_kept_exactly_and_decisions_see_it(api: Api) -> None:
    done = await entered(api, usd("2026-01-05", "0.861234567891"), usd("2026-01-06", "0.9", goodForDays=2))
    assert (done["changed"], done["records"], done["userErrors"]) == (2, 0, [])
    again = await entered(api, usd("2026-01-05", "0.861234567891"), usd("2026-01-06", "0.91"))
    assert again["changed"] == 1
    nodes = (await did(api, LIST))["nodes"]
    assert [(each["rate"], each["day"], each["goodForDays"]) for each in nodes] == [
        ("0.91", "2026-01-06", 7),
        ("0.861234567891", "2026-01-05", 7),
    ]
    joined = api.mine.joined
    async with api.core.database.tenant(joined.tenant) as tx:
        at = {"tenant": joined.tenant, "connection": joined.connection}
        whole = await connections.one(tx, **at)
        version = await connections.mapping(tx, **at, number=1)
    assert whole is not None
    assert version is not None
    instant = datetime(2026, 1, 5, 23, 59, tzinfo=UTC)
    for tables in (whole.tables, version):
        assert tables.rate("USD", "EUR", instant).rate == Decimal("0.861234567891")


async def test_what_was_held_for_want_of_a_rate_runs_again_and_nothing_else(api: Api) -> None:
    await api.orders(3, state="held", code="rule.no_rate")
    await api.orders(2, state="held", code="rule.rate_stale", first=2001)
    await api.orders(2, state="held", code="item.unknown", first=3001)
    await api.orders(2, of=api.theirs, state="held", code="rule.no_rate", first=4001)
    done = await entered(api, usd("2026-01-05", "0.9"))
    assert done["records"] == 5
    rows = await api.owner.fetch(
        "SELECT reason_code, replay FROM record WHERE wanted > done AND due_at <= now()"
    )
    assert {(row["reason_code"], row["replay"]) for row in rows} == {
        ("rule.no_rate", 0),
        ("rule.rate_stale", 0),
    }
    assert len(rows) == 5
    assert (await entered(api, usd("2026-01-05", "0.9")))["records"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": "0,9"},
        {"rate": "0"},
        {"rate": "-1"},
        {"rate": "1e3"},
        {"toCurrency": "USD"},
        {"toCurrency": "EURO"},
        {"goodForDays": 0},
        {"goodForDays": 400},
        {"day": (datetime.now(UTC) + timedelta(days=3)).date().isoformat()},
    ],
)
async def test_one_that_can_not_be_meant_enters_none(api: Api, wrong: dict[str, Any]) -> None:
    done = await entered(api, usd("2026-01-05", "0.9"), {**usd("2026-01-06", "0.9"), **wrong})
    assert (codes(done), done["changed"]) == (["rate.malformed"], None)
    assert done["userErrors"][0]["message"].startswith("Rate 2: ")
    assert (await did(api, LIST))["nodes"] == []


async def test_a_file_names_each_bad_line_and_then_enters_nothing(api: Api) -> None:
    bad = "from,to,rate,date\nUSD,EUR,0.9,2026-01-05\nUSD,EUR,x,2026-01-06\nUSD,,1,2026-01-07\n"
    done = await did(api, IMPORT, csv=bad)
    assert ([each["line"] for each in done["faults"]], done["changed"]) == ([3, 4], None)
    assert (await did(api, LIST))["nodes"] == []
    done = await did(api, IMPORT, csv="rate;date;from;to\n0.9;2026-01-05;USD;EUR\n")
    assert (done["faults"], done["changed"]) == ([], 1)


SOURCE = """query ($id: ID!) { rateSource(connection: $id) {
    origin unavailable goodForDays cadence nextAt running readAt told changed
    problem { code sentence explanation { verdict } } } }"""
SET = """mutation ($id: ID!, $input: RateSourceInput!) { rateSourceSet(connection: $id, input: $input) {
    source { origin goodForDays cadence } userErrors { code message field } } }"""
READ = "mutation ($id: ID!) { ratesRead(connection: $id) { source { origin } userErrors { code } } }"


async def test_the_erps_rates_are_chosen_read_at_once_and_left_again(api: Api) -> None:
    about = api.mine.joined
    shown = await did(api, SOURCE)
    assert (shown["origin"], shown["unavailable"], shown["cadence"]) == ("HAND", None, None)
    assert codes(await did(api, READ)) == ["rate.by_hand"]
    done = await did(api, SET, input={"origin": "HOST", "goodForDays": 3})
    assert done["source"] == {"origin": "HOST", "goodForDays": 3, "cadence": "@every 86400"}
    assert (about.tenant, about.connection) in await schedules.due(
        api.core.database, flow=schedules.RATES, writes=False, most=5
    )
    await api.owner.execute("UPDATE schedule SET due_at = now() + interval '1 day' WHERE flow = 'rates'")
    assert (await did(api, READ))["userErrors"] == []
    asked = await api.owner.fetchrow(
        "SELECT due_at <= now() AS due, asked_by FROM schedule WHERE flow = 'rates'"
    )
    assert (asked["due"], asked["asked_by"].partition(":")[0]) == (True, "staff")
    async with api.core.database.tenant(about.tenant) as tx:
        await rate_sources.failed(
            tx,
            tenant=about.tenant,
            connection=about.connection,
            reason=Reason(code="host.refused", sentence="No."),
        )
    problem = (await did(api, SOURCE))["problem"]
    assert (problem["code"], problem["sentence"], problem["explanation"] is not None) == (
        "host.refused",
        "No.",
        True,
    )
    left = await did(api, SET, input={"origin": "HAND"})
    assert left["source"] == {"origin": "HAND", "goodForDays": None, "cadence": None}
    assert await api.owner.fetchval("SELECT count(*) FROM schedule WHERE flow = 'rates'") == 0
    actions = await api.owner.fetch("SELECT action FROM audit_log WHERE action LIKE 'rates.%' ORDER BY id")
    assert [row["action"] for row in actions] == ["rates.source", "rates.read", "rates.source"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"goodForDays": 0}, "rate.malformed"),
        ({"goodForDays": 367}, "rate.malformed"),
        ({"cadence": "now and then"}, "cadence.malformed"),
    ],
)
async def test_a_source_that_can_not_be_meant_changes_nothing(
    api: Api, wrong: dict[str, Any], code: str
) -> None:
    assert codes(await did(api, SET, input={"origin": "HOST", **wrong})) == [code]
    assert (await did(api, SOURCE))["origin"] == "HAND"
    await did(api, SET, input={"origin": "HOST", "cadence": "hourly"})
    assert (await did(api, SOURCE))["cadence"] == "hourly"


async def test_an_erp_that_tells_none_says_why_and_can_not_be_chosen(api: Api) -> None:
    await api.owner.execute(
        "UPDATE connection SET host = 'unheard' WHERE id = $1", api.mine.joined.connection
    )
    assert (await did(api, SOURCE))["unavailable"] == NO_RATES
    refused = await did(api, SET, input={"origin": "HOST"})
    assert [(each["code"], each["message"]) for each in refused["userErrors"]] == [
        ("rate.not_told", NO_RATES)
    ]


async def test_what_the_erp_said_is_shown_as_its_word_the_way_round_it_keeps_it(api: Api) -> None:
    about = api.mine.joined
    told = Rate(
        source="USD", target="EUR", rate=Decimal(1), per=Decimal("1.0845"), day=date(2026, 1, 5), good_for=3
    )
    async with api.core.database.tenant(about.tenant) as tx:
        await rates.save(
            tx,
            tenant=about.tenant,
            connection=about.connection,
            entered=[told],
            by="host:memory",
            origin="host",
        )
    listed = (
        "query ($id: ID!) { rates(connection: $id) { nodes { rate per origin madeBy } userErrors { code } } }"
    )
    assert (await did(api, listed))["nodes"] == [
        {"rate": "1", "per": "1.0845", "origin": "HOST", "madeBy": "host:memory"}
    ]


async def test_the_pages_hold_every_rate_once(api: Api) -> None:
    await entered(
        api,
        *(usd(f"2026-01-{day:02}", "0.9") for day in range(1, 6)),
        {**usd("2026-01-03", "1"), "toCurrency": "CHF"},
    )
    seen, after = [], None
    for _ in range(4):
        page = await did(api, LIST, first=2, after=after)
        seen += [(each["day"][-2:], each["toCurrency"]) for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [("05", "EUR"), ("04", "EUR"), ("03", "EUR"), ("03", "CHF"), ("02", "EUR"), ("01", "EUR")]


async def test_another_organisations_rates_are_not_there(api: Api) -> None:
    theirs = f"gid://stockbridge/Connection/{api.theirs.joined.connection}"
    await entered(api, usd("2026-01-05", "0.9"))
    assert codes(await did(api, LIST, id=theirs)) == ["connection.unknown"]
    assert codes(await did(api, ENTER, id=theirs, input=[usd("2026-01-05", "0.8")])) == ["connection.unknown"]
    given = {"id": f"gid://stockbridge/Connection/{api.mine.joined.connection}", "csv": "x"}
    assert await api.refused(IMPORT, **given, token=await api.mine.token("read_records")) == [
        "api.scope_missing"
    ]
