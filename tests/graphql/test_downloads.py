"""Reports as files: for whoever may read them and nobody else, whole, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io

import httpx
import pytest

from tests.graphql.conftest import Api
from tests.graphql.test_products import told
from tests.graphql.test_reconciled_days import MONDAY, compared, mine
from tests.graphql.test_reconciliations import report


async def saved(api: Api, name: str, *, token: str | None = None, **asked: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or api.mine.session}"}
    return await api.client.get(
        f"/downloads/{name}.csv", params={"connection": mine(api), **asked}, headers=headers
    )


def rows(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "no-store" in answer.headers["cache-control"]
    return list(csv.reader(io.StringIO(answer.text)))


def code(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["extensions"]["code"])


async def test_a_month_of_both_sides_is_a_file_that_says_what_was_not_compared(api: Api) -> None:
    await compared(api, MONDAY, MONDAY, (0, "store", "EUR", 1, "10"))
    await compared(
        api, MONDAY, MONDAY.replace(day=17), (0, "store", "EUR", 2, "20.50"), (0, "host", "EUR", 2, "20.50")
    )
    answer = await saved(api, "days", since="2026-11-16", until="2026-11-17")
    head, monday, tuesday = rows(answer)
    assert head[:4] == ["day", "currency", "shop orders", "shop total"]
    assert monday[:7] == ["2026-11-16", "EUR", "2", "20.50", "2", "20.50", "yes"]
    assert (tuesday[0], tuesday[6]) == ("2026-11-17", "not compared")
    assert 'filename="both-sides-2026-11-16-2026-11-17.csv"' in answer.headers["content-disposition"]


async def test_what_differs_is_a_file_over_every_page_and_runs_no_formula(api: Api) -> None:
    orders = await api.orders(1_003)
    await api.owner.execute("UPDATE record SET reference = '=HYPERLINK(1)' WHERE id = $1", orders[0])
    made = await report(api, orders)
    _, *lines = rows(await saved(api, "findings", id=made))
    assert len(lines) == 1_003
    assert lines[0][:3] == ["missing", "1001", "'=HYPERLINK(1)"]


async def test_products_and_skus_are_files(api: Api) -> None:
    await told(api, "SKU-1", "sku-1")
    assert [line[0] for line in rows(await saved(api, "products"))] == ["sku", "SKU-1", "sku-1"]
    head, *faults = rows(await saved(api, "skus"))
    assert head[0] == "fault"
    assert [line[0] for line in faults] == ["case"]


@pytest.mark.parametrize("name", ["days", "findings", "products", "skus"])
async def test_nobody_else_saves_a_report(api: Api, name: str) -> None:
    made = await report(api, await api.orders(2))
    asked = {"since": "2026-11-16", "until": "2026-11-17", "id": made}
    assert (await saved(api, name, **asked)).status_code == 200
    theirs = await saved(api, name, token=api.theirs.session, **asked)
    assert (theirs.status_code, code(theirs)) == (404, "connection.unknown")
    lacking = await saved(api, name, token=await api.mine.token("read_status", "write_retry"), **asked)
    assert (lacking.status_code, code(lacking)) == (403, "api.scope_missing")
    assert await api.owner.fetchval("SELECT facts->>'scope' FROM audit_log") == "read_records"
    ended = await saved(api, name, token=await api.mine.token("admin", days=-1), **asked)
    assert (ended.status_code, code(ended)) == (401, "api.token_invalid")
    assert (await api.client.get(f"/downloads/{name}.csv")).status_code == 401


async def test_what_there_is_no_report_of_is_said(api: Api) -> None:
    theirs = await report(api, await api.orders(1, of=api.theirs), of=api.theirs)
    for name, asked, status, said in (
        ("orders", {}, 404, "report.unknown"),
        ("days", {"since": "today", "until": "2026-11-17"}, 422, "report.span"),
        ("findings", {"id": theirs}, 404, "reconciliation.unknown"),
    ):
        answer = await saved(api, name, **asked)
        assert (answer.status_code, code(answer)) == (status, said)
