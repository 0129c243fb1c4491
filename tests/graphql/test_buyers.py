"""Who is behind an order over the API: what they bought and were given back, what they owe, and nobody else's."""

from __future__ import annotations

from typing import Any

from tests.graphql.conftest import Api
from tests.graphql.furnished import Own, api, erp, own

__all__ = ["api", "erp", "own"]

BUYER = """query ($id: ID!) { buyer(id: $id) { hostNumber customer { storeKey } told { name silent { code }
    account { owed { amount } limit { amount } untold } untold { code } }
    orders(first: 1) { nodes { name } pageInfo { hasNextPage endCursor } } refunds { storeKey }
    conflicts { code facts { name value } } } }"""


async def furnish(own: Own, **columns: Any) -> None:
    vault, tenant = own.api.core.vault, own.tenant.joined.tenant
    email = vault.keyed_hash("ada@example.com", tenant=tenant)
    await own.api.owner.execute(
        "UPDATE record SET email_hash = $2, buyer_key = CASE source_key WHEN '1001' THEN '7001' END WHERE tenant_id = $1",
        tenant,
        email,
    )
    for kind, key, parent in (("refund", "501", "1002"), ("customer", "7001", None)):
        await own.api.owner.execute(
            "INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, parent_key, state, sink_number, sink_key)"
            " SELECT tenant_id, id, shop_id, $2, $3, $4, 'settled', 'N-' || $3, $3 FROM connection WHERE tenant_id = $1",
            tenant, kind, key, parent,
        )  # fmt: skip
    await own.sql(
        "INSERT INTO timeline (tenant_id, connection_id, record_id, kind, code, sentence, facts)"
        " SELECT tenant_id, connection_id, id, 'reason', 'customer.conflict', 'Both.', '{\"won\": \"host\"}' FROM record"
        " WHERE tenant_id = $1 AND kind = 'customer'"
    )


async def asked(own: Own, id: str) -> Any:
    return (await own.api.ask(BUYER, token=own.tenant.session, id=id))["buyer"]


async def test_an_orders_buyer_has_their_orders_refunds_account_and_conflicts(own: Own) -> None:
    await furnish(own)
    found = await asked(own, own.order)
    assert (found["hostNumber"], found["customer"]) == ("N-7001", {"storeKey": "7001"})
    assert found["orders"]["nodes"] == [{"name": "#1002"}]
    assert found["orders"]["pageInfo"]["hasNextPage"]
    assert found["refunds"] == [{"storeKey": "501"}]
    assert found["conflicts"] == [{"code": "customer.conflict", "facts": [{"name": "won", "value": "host"}]}]
    assert (found["told"]["name"], found["told"]["silent"], found["told"]["untold"]) == (
        "Ada Beispiel",
        None,
        None,
    )


async def test_a_side_that_does_not_speak_is_said_and_the_rest_is_there(own: Own) -> None:
    await furnish(own)
    await own.sql("UPDATE record SET source_key = '999' WHERE tenant_id = $1 AND source_key = '1001'")
    found = await asked(own, own.order)
    assert found["told"]["silent"] == {"code": "customer.deleted"}
    assert found["orders"]["nodes"]


async def test_a_guest_without_an_e_mail_has_the_one_order(own: Own) -> None:
    found = await asked(own, own.order)
    assert (found["orders"]["nodes"], found["orders"]["pageInfo"]["hasNextPage"]) == (
        [{"name": "#1001"}],
        False,
    )


async def test_nobody_is_behind_a_product_nor_behind_what_is_anothers(own: Own) -> None:
    await own.sql("UPDATE record SET kind = 'product' WHERE tenant_id = $1")
    assert await asked(own, own.order) is None


async def test_nothing_of_a_name_is_kept(api: Api, own: Own) -> None:
    await furnish(own)
    await asked(own, own.order)
    rows = await api.owner.fetch(
        "SELECT to_jsonb(r)::text AS said FROM record r WHERE tenant_id = $1", own.tenant.joined.tenant
    )
    assert not [row for row in rows if "Ada" in row["said"]]
