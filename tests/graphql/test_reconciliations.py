"""Reconciliations over the API: listed page by page with what differs, and healed by a person's word."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.models import reconciliations
from app.ports import Span
from app.wiring import utc_now
from tests.graphql.conftest import Api, Tenant

LIST = """query ($id: ID!, $first: Int, $after: String) { reconciliations(connection: $id, first: $first, after: $after) {
    nodes { id kind state startedBy counts { name value } raised healedAt days { day side currency count amount }
        findings(first: 2) { nodes { id kind key reference } pageInfo { hasNextPage endCursor } } }
    pageInfo { hasNextPage endCursor } } }"""
HEAL = """mutation ($id: ID!) { reconciliationHeal(id: $id) {
    count reconciliation { id healedAt } userErrors { code } } }"""


def mine(api: Api) -> str:
    return f"gid://stockbridge/Connection/{api.mine.joined.connection}"


async def report(api: Api, records: list[UUID], *, of: Tenant | None = None) -> str:
    """One that found these orders' documents missing, in pages as the comparison writes them."""
    joined = (of or api.mine).joined
    span = Span(since=utc_now() - timedelta(days=2), until=utc_now())
    async with api.core.database.tenant(joined.tenant) as tx:
        made = await reconciliations.start(
            tx, tenant=joined.tenant, connection=joined.connection, kind="orders", span=span, by="clock"
        )
        await tx.run(
            "INSERT INTO reconciliation_finding (tenant_id, reconciliation_id, kind, key, record_id, reference)"
            " SELECT $1, $2, 'missing', r.source_key, r.id, r.reference FROM record r WHERE r.id = ANY ($3::uuid[])"
            " ORDER BY r.source_key",
            joined.tenant,
            made,
            records,
        )
        await tx.run(
            "INSERT INTO reconciliation_day VALUES ($1, $2, '2026-11-18', 'store', 'EUR', 3, 31.5)",
            joined.tenant,
            made,
        )
        await reconciliations.end(tx, tenant=joined.tenant, report=made, raised=0)
    return f"gid://stockbridge/Reconciliation/{made}"


async def did(api: Api, document: str, **variables: Any) -> dict[str, Any]:
    (payload,) = (await api.ask(document, **variables)).values()
    return dict(payload)


async def test_reports_are_paged_newest_first_and_so_are_their_findings(api: Api) -> None:
    records = await api.orders(3)
    made = [await report(api, records) for _ in range(3)]
    one = await did(api, LIST, id=mine(api), first=2)
    two = await did(api, LIST, id=mine(api), first=2, after=one["pageInfo"]["endCursor"])
    assert [node["id"] for node in (*one["nodes"], *two["nodes"])] == made[::-1]
    newest = one["nodes"][0]
    assert newest["counts"] == [{"name": "missing", "value": "3"}]
    assert newest["days"] == [
        {"day": "2026-11-18", "side": "store", "currency": "EUR", "count": 3, "amount": "31.5"}
    ]
    assert [each["reference"] for each in newest["findings"]["nodes"]] == ["#1001", "#1002"]
    assert newest["findings"]["pageInfo"]["hasNextPage"]


async def test_healing_asks_for_exactly_what_was_missing_once(api: Api) -> None:
    missing, *_others = await api.orders(3)
    made = await report(api, [missing])
    healed = await did(api, HEAL, id=made)
    assert (healed["count"], healed["userErrors"]) == (1, [])
    assert healed["reconciliation"]["healedAt"]
    asked = await api.owner.fetch("SELECT id FROM record WHERE asked")
    assert [row["id"] for row in asked] == [missing]
    assert (await did(api, HEAL, id=made))["count"] == 0


async def test_a_report_of_another_organisation_is_unknown(api: Api) -> None:
    theirs = await report(api, await api.orders(1, of=api.theirs), of=api.theirs)
    for other in (theirs, "gid://stockbridge/Reconciliation/nothing", mine(api)):
        assert (await did(api, HEAL, id=other))["userErrors"] == [{"code": "reconciliation.unknown"}]
    assert await api.owner.fetchval("SELECT count(*) FROM record WHERE asked") == 0
    connection = f"gid://stockbridge/Connection/{api.theirs.joined.connection}"
    assert (await did(api, LIST, id=connection))["nodes"] == []
    token = await api.mine.token("read_status")
    assert await api.refused(HEAL, token=token, id=theirs) == ["api.scope_missing"]
