"""Do both sides agree? Days over the API: of each what was compared last, nothing made up where nothing was compared."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.models import reconciliations
from app.ports import Span
from tests.graphql.conftest import Api

DAYS = """query ($id: ID!, $since: Date!, $until: Date!) { reconciledDays(connection: $id, since: $since, until: $until) {
    days { day currency storeCount storeAmount hostCount hostAmount agrees reconciliationId } userErrors { code field } } }"""
ONE = "query ($id: ID!) { reconciliation(id: $id) { id kind state } }"
MONDAY = date(2026, 11, 16)


def mine(api: Api) -> str:
    return f"gid://stockbridge/Connection/{api.mine.joined.connection}"


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


async def compared(api: Api, since: date, until: date, *rows: tuple[int, str, str, int, str]) -> str:
    """A comparison over a span, with rows of (days after its beginning, side, currency, count, amount)."""
    joined = api.mine.joined
    async with api.core.database.tenant(joined.tenant) as tx:
        made = await reconciliations.start(
            tx,
            tenant=joined.tenant,
            connection=joined.connection,
            kind="orders",
            span=Span(since=at(since), until=at(until)),
            by="clock",
        )
        for after, side, currency, count, amount in rows:
            await tx.run(
                "INSERT INTO reconciliation_day VALUES ($1, $2, $3, $4, $5, $6, $7::text::numeric)",
                *(joined.tenant, made, since + timedelta(days=after), side, currency, count, amount),
            )
        await reconciliations.end(tx, tenant=joined.tenant, report=made, raised=0)
    return f"gid://stockbridge/Reconciliation/{made}"


async def days(api: Api, since: date, until: date, **given: Any) -> dict[str, Any]:
    variables = {"id": mine(api), "since": since.isoformat(), "until": until.isoformat(), **given}
    return dict((await api.ask(DAYS, **variables))["reconciledDays"])


async def test_each_day_is_as_the_newest_comparison_that_covers_it_counted_it(api: Api) -> None:
    end = MONDAY + timedelta(days=3)
    await compared(
        api,
        MONDAY,
        end,
        (0, "store", "EUR", 3, "30"),
        (0, "host", "EUR", 2, "20"),
        (1, "store", "EUR", 1, "5"),
    )
    newest = await compared(
        api, MONDAY, MONDAY + timedelta(days=1), (0, "store", "EUR", 3, "30"), (0, "host", "EUR", 3, "30.00")
    )
    found = await days(api, MONDAY, end)
    told = [(row["day"], row["storeCount"], row["hostCount"], row["agrees"]) for row in found["days"]]
    assert told == [
        ("2026-11-16", 3, 3, True),
        ("2026-11-17", 1, 0, False),
        ("2026-11-18", 0, 0, True),
        ("2026-11-19", 0, 0, None),
    ]
    assert found["days"][0]["reconciliationId"] == newest
    assert found["days"][3]["reconciliationId"] is None
    assert (await api.ask(ONE, id=newest))["reconciliation"] == {
        "id": newest,
        "kind": "ORDERS",
        "state": "DONE",
    }
    assert (await api.ask(ONE, id=newest, token=api.theirs.session))["reconciliation"] is None


async def test_a_difference_in_money_alone_is_a_difference_and_currencies_stay_apart(api: Api) -> None:
    end = MONDAY + timedelta(days=1)
    rows = [
        (0, "store", "EUR", 1, "10.00"),
        (0, "host", "EUR", 1, "10.01"),
        (0, "store", "USD", 1, "7"),
        (0, "host", "USD", 1, "7"),
    ]
    await compared(api, MONDAY, end, *rows)
    found = (await days(api, MONDAY, MONDAY))["days"]
    assert [(row["currency"], row["agrees"]) for row in found] == [("EUR", False), ("USD", True)]


async def test_a_range_that_no_report_has_is_refused(api: Api) -> None:
    for since, until in ((MONDAY, MONDAY - timedelta(days=1)), (MONDAY, MONDAY + timedelta(days=92))):
        found = await days(api, since, until)
        assert found == {"days": [], "userErrors": [{"code": "report.span", "field": ["until"]}]}
    assert len((await days(api, MONDAY, MONDAY + timedelta(days=91)))["days"]) == 92
