"""What a person may decide about records over the API: each with its outcome, and each refusal with nothing changed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.graphql.conftest import Api
from tests.graphql.furnished import Own, api, erp, own
from tests.hosts.memory.rig import MemoryUnderTest

__all__ = ["api", "erp", "own"]

SKIP = "mutation ($ids: [ID!]!) { recordSkip(ids: $ids) { records { decided state } userErrors { code field } } }"
RETRY = "mutation ($ids: [ID!]!) { recordRetry(ids: $ids) { records { retryRequested decided } userErrors { code } } }"
UNLINK = "mutation ($id: ID!) { recordUnlink(id: $id) { records { decided hostKey } userErrors { code } } }"
ADOPT = """mutation ($id: ID!, $number: String!, $anyway: Boolean! = false) {
    recordAdopt(id: $id, hostNumber: $number, anyway: $anyway) { record { decided } document { number total currency }
        userErrors { code field message } } }"""


async def said(own: Own, document: str, **variables: Any) -> Any:
    """The one payload, whether it was done or not."""
    (payload,) = (await own.api.ask(document, token=own.tenant.session, **variables)).values()
    return payload


async def row(own: Own) -> dict[str, Any]:
    found = await own.api.owner.fetchrow(
        "SELECT * FROM record WHERE id = $1", UUID(own.order.rpartition("/")[2])
    )
    assert found is not None
    return dict(found)


async def wrong(own: Own, document: str, **variables: Any) -> str:
    """The code of a refusal that changed nothing."""
    before = await row(own)
    (error,) = (await said(own, document, **variables))["userErrors"]
    assert await row(own) == before
    return str(error["code"])


async def test_a_held_record_is_left_out_and_taken_back_by_a_retry(own: Own) -> None:
    done = await own.did(SKIP, ids=[own.order])
    assert done["records"] == [{"decided": "SKIP", "state": "HELD"}]
    before = await row(own)
    assert (before["word"], before["wanted"] - before["done"]) == ("skip", 1)
    kinds = await own.api.owner.fetch("SELECT kind FROM timeline WHERE record_id = $1", before["id"])
    assert [each["kind"] for each in kinds] == ["decided"]
    again = await own.did(RETRY, ids=[own.order])
    assert again["records"] == [{"retryRequested": True, "decided": None}]


async def test_what_was_sent_or_is_being_worked_on_or_waits_for_nobody_is_not_left_out(own: Own) -> None:
    order, tenant = (await row(own))["id"], own.tenant.joined.tenant
    await own.sql(
        "UPDATE record SET state = 'running', lease_until = now() + interval '1 minute' WHERE tenant_id = $1"
    )
    assert await wrong(own, SKIP, ids=[own.order]) == "record.busy"
    await own.sql("UPDATE record SET state = 'settled', lease_until = NULL WHERE tenant_id = $1")
    assert await wrong(own, SKIP, ids=[own.order]) == "record.not_waiting"
    await own.sql("UPDATE record SET state = 'held' WHERE tenant_id = $1")
    await own.api.owner.execute(
        "INSERT INTO effect (tenant_id, connection_id, record_id, target, key, kind, state, payload_hash, epoch)"
        " VALUES ($1, $2, $3, 'host', 'order:1001/create', 'create', 'unclear', 'x', 1)",
        tenant, own.tenant.joined.connection, order,
    )  # fmt: skip
    assert await wrong(own, SKIP, ids=[own.order]) == "record.sent_already"
    assert await wrong(own, SKIP, ids=[own.order, "gid://stockbridge/Record/nothing"]) == "record.unknown"


async def booked(erp: MemoryUnderTest, total: str) -> dict[str, Any]:
    line = {"key": "1", "item": "TEA", "quantity": "1", "net": total, "kind": "item"}
    body = {"currency": "EUR", "customer": {"name": "A person"}, "lines": [line]}
    return dict(await erp.ask("POST", "/v1/sales-orders", body))  # type: ignore[arg-type]


async def test_a_document_is_looked_up_before_an_order_is_linked_to_it(
    own: Own, erp: MemoryUnderTest
) -> None:
    made = await booked(erp, "10.50")
    done = await own.did(ADOPT, id=own.order, number=made["number"].lower())
    assert done["record"] == {"decided": "ADOPT"}
    assert done["document"] == {"number": made["number"], "total": "10.5", "currency": "EUR"} or done[
        "document"
    ]["total"] in {"10.50", "10.5"}
    after = await row(own)
    assert (after["word_key"], after["word_number"]) == (str(made["id"]), made["number"])
    audit = await own.api.owner.fetchval(
        "SELECT facts->>'number' FROM audit_log WHERE tenant_id = $1 AND action = 'record.adopt'",
        after["tenant_id"],
    )
    assert audit == made["number"]


async def test_a_document_of_another_sum_is_linked_only_by_who_says_so(
    own: Own, erp: MemoryUnderTest
) -> None:
    made = await booked(erp, "99.00")
    assert await wrong(own, ADOPT, id=own.order, number=made["number"]) == "document.not_alike"
    done = await own.did(ADOPT, id=own.order, number=made["number"], anyway=True)
    assert done["document"]["number"] == made["number"]


async def test_what_is_no_standing_document_of_nobody_else_is_not_linked(
    own: Own, erp: MemoryUnderTest
) -> None:
    assert await wrong(own, ADOPT, id=own.order, number="SO-99999") == "document.not_found"
    assert await wrong(own, ADOPT, id=own.order, number=" ") == "document.not_found"
    gone = await booked(erp, "10.50")
    await erp.cancel(str(gone["id"]))
    assert await wrong(own, ADOPT, id=own.order, number=gone["number"]) == "document.not_standing"
    others = await booked(erp, "10.50")
    await own.sql(
        f"UPDATE record SET sink_key = '{others['id']}' WHERE tenant_id = $1 AND source_key = '1002'"
    )
    assert await wrong(own, ADOPT, id=own.order, number=others["number"]) == "document.linked_elsewhere"
    await own.sql("UPDATE record SET sink_key = '5' WHERE tenant_id = $1 AND source_key = '1001'")
    assert await wrong(own, ADOPT, id=own.order, number=others["number"]) == "record.linked"


async def test_two_orders_are_never_linked_to_one_document(own: Own, erp: MemoryUnderTest) -> None:
    made = await booked(erp, "10.50")
    other = await own.api.owner.fetchval(
        "SELECT id FROM record WHERE tenant_id = $1 AND source_key = '1002'", own.tenant.joined.tenant
    )
    await own.did(ADOPT, id=own.order, number=made["number"])
    refused = await said(own, ADOPT, id=f"gid://stockbridge/Record/{other}", number=made["number"])
    assert [each["code"] for each in refused["userErrors"]] == ["document.linked_elsewhere"]


async def test_a_link_is_let_go_of_and_a_record_without_one_says_so(own: Own) -> None:
    assert await wrong(own, UNLINK, id=own.order) == "record.not_linked"
    await own.sql(
        "UPDATE record SET sink_key = '5', state = 'settled' WHERE tenant_id = $1 AND source_key = '1001'"
    )
    done = await own.did(UNLINK, id=own.order)
    assert done["records"] == [{"decided": "UNLINK", "hostKey": None}]
    await own.sql(
        "UPDATE record SET kind = 'product', sink_key = '5' WHERE tenant_id = $1 AND source_key = '1001'"
    )
    assert await wrong(own, UNLINK, id=own.order) == "record.not_adoptable"


@pytest.mark.parametrize("document", [SKIP, RETRY])
async def test_what_nobody_has_heard_of_is_unknown(api: Api, own: Own, document: str) -> None:
    theirs = own.order
    (payload,) = (await api.ask(document, token=api.theirs.session, ids=[theirs])).values()
    assert [each["code"] for each in payload["userErrors"]] == ["record.unknown"]


LOOK_UP = (
    """mutation ($name: String!) { orderLookUp(name: $name) { orders { storeKey } userErrors { code } } }"""
)


async def test_an_order_nobody_has_heard_of_is_looked_up_in_the_shop_by_its_name(own: Own) -> None:
    await own.sql("DELETE FROM unmapped WHERE tenant_id = $1")
    await own.sql("DELETE FROM what_if_line WHERE tenant_id = $1")
    await own.sql("DELETE FROM reconciliation WHERE tenant_id = $1")
    await own.sql("DELETE FROM record WHERE tenant_id = $1")
    assert (await own.did(LOOK_UP, name="#4711"))["orders"] == []
    assert (await own.did(LOOK_UP, name="#1001"))["orders"] == [{"storeKey": "1001"}]
    heard = await own.api.owner.fetchrow(
        "SELECT source_key, wanted - done AS due FROM record WHERE tenant_id = $1", own.tenant.joined.tenant
    )
    assert dict(heard or {}) == {"source_key": "1001", "due": 1}
