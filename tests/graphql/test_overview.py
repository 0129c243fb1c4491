"""What the first page tells over several connections: whose plan waits, and one retry for one cause."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from app.errors import Reason
from app.models import connections, table_feeds
from tests.graphql.conftest import Api, Tenant
from tests.graphql.test_stock import begun
from tests.models.world import TABLES, VAULT

PLANS = "{ overview { plans { id connection { name } } } }"


async def second(api: Api) -> Tenant:
    """Another connection of my shop, as a tenant's view of its own."""
    joined, made = api.mine.joined, uuid4()
    async with api.core.database.tenant(joined.tenant) as tx:
        await connections.create(
            tx,
            tenant=joined.tenant,
            id=made,
            shop=joined.shop,
            host="memory",
            name="Second",
            sealed_credentials=VAULT.seal(b"{}", tenant=joined.tenant, purpose="credentials"),
            flows={"orders": True},
            options={},
        )
        await connections.publish(tx, tenant=joined.tenant, connection=made, tables=TABLES, by="test")
    return replace(api.mine, joined=replace(joined, connection=made))


async def test_a_plan_that_waits_is_told_whatever_ran_since(api: Api) -> None:
    waiting = await begun(api, api.mine)
    other = await second(api)
    for _ in range(3):
        await begun(api, other, state="done", concerns=())
    later = await begun(api, other)
    await begun(api, api.theirs)
    plans = (await api.ask(PLANS))["overview"]["plans"]
    assert [plan["id"].rpartition("/")[2] for plan in plans] == [str(later), str(waiting)]
    assert [plan["connection"]["name"] for plan in plans] == ["Second", "Demo"]


async def test_a_plan_that_was_approved_or_needs_nobody_does_not_wait(api: Api) -> None:
    approved = await begun(api, api.mine)
    await api.owner.execute("UPDATE run SET approved_by = 'staff:1' WHERE id = $1", approved)
    await begun(api, api.mine, concerns=())
    await begun(api, api.mine, state="stopped")
    assert (await api.ask(PLANS))["overview"]["plans"] == []


FEEDS = "{ overview { feedProblems { connectionId table code sentence since explanation { verdict } } } }"


async def test_a_table_whose_last_delivery_was_refused_is_told_until_a_good_one_comes(api: Api) -> None:
    feeds = {}
    for whose, table in ((api.mine, "items"), (api.mine, "taxes"), (api.theirs, "items")):
        joined = whose.joined
        async with api.core.database.tenant(joined.tenant) as tx:
            feeds[table] = await table_feeds.save(
                tx,
                tenant=joined.tenant,
                connection=joined.connection,
                table=table,
                merge=False,
                sealed=b"x",
                by="t",
            )
            reason = Reason(code="table.faulty", sentence="Line 7: a blank cell.")
            await table_feeds.failed(tx, tenant=joined.tenant, feed=feeds[table], reason=reason)
    found = (await api.ask(FEEDS))["overview"]["feedProblems"]
    assert sorted(each["table"] for each in found) == ["items", "taxes"]
    assert found[0]["since"]
    assert {(each["code"], each["sentence"]) for each in found} == {("table.faulty", "Line 7: a blank cell.")}
    assert found[0]["explanation"] is not None
    async with api.core.database.tenant(api.mine.joined.tenant) as tx:
        await table_feeds.delivered(tx, tenant=api.mine.joined.tenant, feed=feeds["taxes"], rows=1, version=2)
    assert [each["table"] for each in (await api.ask(FEEDS))["overview"]["feedProblems"]] == ["items"]


async def test_one_cause_is_run_again_over_all_connections_or_one(api: Api) -> None:
    other = await second(api)
    for whose, first in ((api.mine, 1001), (other, 2001), (api.theirs, 3001)):
        await api.orders(2, of=whose, state="held", code="item.unknown", first=first)
    retry = "mutation ($code: String!, $id: ID) { problemRetry(code: $code, connection: $id) { count userErrors { code } } }"
    one = f"gid://stockbridge/Connection/{other.joined.connection}"
    assert (await api.ask(retry, code="item.unknown", id=one))["problemRetry"]["count"] == 2
    assert (await api.ask(retry, code="item.unknown"))["problemRetry"] == {"count": 2, "userErrors": []}
    assert (await api.ask(retry, code="item.no_sku"))["problemRetry"]["count"] == 0
