"""Many records at once over the API: what is counted is what is done, and what is not safe is left alone."""

from __future__ import annotations

from typing import Any

from tests.graphql.conftest import Api

COUNT = """query ($filter: RecordFilterInput!) { recordBulk(filter: $filter) { records { count precision }
    money { amount currency } safe { count } groups { verdict records { count } money { amount } } } }"""
RETRY = """mutation ($filter: RecordFilterInput!, $look: Boolean! = false) {
    recordBulkRetry(filter: $filter, lookFirst: $look) { count left userErrors { code } } }"""
SKIP = "mutation ($filter: RecordFilterInput!) { recordBulkSkip(filter: $filter) { count left userErrors { code } } }"


async def furnished(api: Api) -> list[str]:
    """Two that are safe to retry, three to look at first, one that is settled; as many of somebody else's."""
    ids = await api.orders(2, state="held", code="item.unknown", verdict="needs_mapping")
    ids += await api.orders(3, first=2001, state="held", code="total.differs", verdict="look_first")
    ids += await api.orders(1, first=3001)
    await api.orders(2, of=api.theirs, state="held", code="item.unknown", verdict="needs_mapping")
    return [f"gid://stockbridge/Record/{each}" for each in ids]


async def asked_for(api: Api) -> list[str]:
    rows = await api.owner.fetch("SELECT source_key FROM record WHERE asked ORDER BY source_key, tenant_id")
    return [row["source_key"] for row in rows]


async def counted(api: Api, **filter: Any) -> Any:
    return (await api.ask(COUNT, filter=filter))["recordBulk"]


async def test_what_waits_is_counted_with_its_money_by_what_is_safe(api: Api) -> None:
    ids = await furnished(api)
    expected = {
        "records": {"count": 5, "precision": "EXACT"},
        "money": [{"amount": "52.50", "currency": "EUR"}],
        "safe": {"count": 2},
        "groups": [
            {"verdict": "LOOK_FIRST", "records": {"count": 3}, "money": [{"amount": "31.50"}]},
            {"verdict": "NEEDS_MAPPING", "records": {"count": 2}, "money": [{"amount": "21.00"}]},
        ],
    }
    for meant in ({"states": ["HELD"]}, {"ids": ids}, {}):
        found = await counted(api, **meant)
        assert {**found, "groups": sorted(found["groups"], key=lambda each: each["verdict"])} == expected
    assert (await counted(api, words="#2"))["records"]["count"] == 3
    assert (await counted(api, states=["SETTLED"]))["records"]["count"] == 0


async def test_only_what_is_safe_is_run_again_unless_somebody_looked(api: Api) -> None:
    await furnished(api)
    meant = {"states": ["HELD"]}
    done = (await api.ask(RETRY, filter=meant))["recordBulkRetry"]
    assert done == {"count": 2, "left": 3, "userErrors": []}
    assert await asked_for(api) == ["1001", "1002"]
    done = (await api.ask(RETRY, filter=meant, look=True))["recordBulkRetry"]
    assert (done["count"], done["left"]) == (5, 0)
    assert await asked_for(api) == ["1001", "1002", "2001", "2002", "2003"]


async def test_those_that_were_ticked_or_found_are_done_and_no_others(api: Api) -> None:
    ids = await furnished(api)
    done = (await api.ask(RETRY, filter={"ids": [ids[0], ids[5]]}))["recordBulkRetry"]
    assert (done["count"], await asked_for(api)) == (1, ["1001"])
    done = (await api.ask(SKIP, filter={"words": "#200"}))["recordBulkSkip"]
    assert (done["count"], done["left"]) == (3, 0)
    rows = await api.owner.fetch("SELECT source_key FROM record WHERE word = 'skip' ORDER BY 1")
    assert [row["source_key"] for row in rows] == ["2001", "2002", "2003"]


async def test_more_than_one_slice_is_done_to_its_end_and_each_once(api: Api) -> None:
    await api.orders(1_100, state="held", code="item.unknown", verdict="retry_safe")
    assert (await counted(api, code="item.unknown"))["records"]["count"] == 1_100
    done = (await api.ask(RETRY, filter={"code": "item.unknown"}))["recordBulkRetry"]
    assert (done["count"], done["left"]) == (1_100, 0)
    assert (
        await api.owner.fetchval("SELECT max(wanted) || ' ' || count(*) FROM record WHERE asked") == "1 1100"
    )
    audit = await api.owner.fetchval("SELECT facts->>'count' FROM audit_log WHERE action = 'records.retry'")
    assert audit == "1100"


async def test_what_something_was_sent_for_is_not_left_out_with_the_others(api: Api) -> None:
    await furnished(api)
    joined = api.mine.joined
    await api.owner.execute(
        "INSERT INTO effect (tenant_id, connection_id, record_id, target, key, kind, state, payload_hash, epoch)"
        " SELECT $1, $2, id, 'host', 'order:2002/create', 'create', 'sent', 'x', 1 FROM record"
        " WHERE tenant_id = $1 AND source_key = '2002'",
        joined.tenant,
        joined.connection,
    )
    done = (await api.ask(SKIP, filter={"code": "total.differs"}))["recordBulkSkip"]
    assert (done["count"], done["left"]) == (2, 1)
