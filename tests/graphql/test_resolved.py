"""Problems that are none any more: told for some days, and not while they stand."""

from __future__ import annotations

from tests.graphql.conftest import Api

RESOLVED = "query ($days: Int! = 7) { resolvedProblems(days: $days) { code sentence count explanation { verdict } } }"
HELD = (
    "INSERT INTO timeline (tenant_id, connection_id, record_id, kind, code, sentence)"
    " SELECT tenant_id, connection_id, id, 'held', $1, 'No item ' || source_key FROM record WHERE source_key = ANY ($2::text[])"
)


async def test_what_was_held_and_is_no_more_is_told_with_how_many(api: Api) -> None:
    await api.orders(3)
    await api.orders(1, first=2001, state="held", code="item.unknown")
    await api.orders(1, of=api.theirs, first=9001)
    for keys in (["1001", "1002", "2001", "9001"], ["1001"]):
        await api.owner.execute(HELD, "item.unknown", keys)
    found = (await api.ask(RESOLVED))["resolvedProblems"]
    assert found == [
        {
            "code": "item.unknown",
            "sentence": "No item 1001",
            "count": 2,
            "explanation": {"verdict": "NEEDS_MAPPING"},
        }
    ]


async def test_what_is_held_for_another_reason_by_now_was_resolved(api: Api) -> None:
    await api.orders(1, state="held", code="total.differs")
    await api.owner.execute(HELD, "item.unknown", ["1001"])
    assert [each["code"] for each in (await api.ask(RESOLVED))["resolvedProblems"]] == ["item.unknown"]


async def test_no_longer_than_a_month_is_looked_back_on(api: Api) -> None:
    assert await api.refused(RESOLVED, days=31) == ["page.size"]
    assert (await api.ask(RESOLVED, days=30))["resolvedProblems"] == []
