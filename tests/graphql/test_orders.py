"""Orders over the API: every page of a list once, searches, one order with its timeline, and how many statements it takes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql.conftest import Api

PAGE = """
query ($first: Int, $after: String, $query: String, $states: [OrderState!], $sort: OrderSort) {
  orders(first: $first, after: $after, query: $query, states: $states, sort: $sort) {
    nodes { id name hostNumber state total { amount currency } connection { name shop { domain } } links { url } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


async def names(api: Api, **asked: Any) -> list[str]:
    """Every page's, in order."""
    found: list[str] = []
    after = None
    for _ in range(20):
        page = (await api.ask(PAGE, after=after, **{"first": 3, "sort": "NEWEST", **asked}))["orders"]
        found += [node["name"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
    raise AssertionError("the pages do not end")


async def test_every_order_is_on_one_page_newest_or_oldest_first(api: Api) -> None:
    await api.orders(4, state="settled")
    await api.orders(4, first=1005, state="held")
    expected = [f"#{n}" for n in range(1008, 1000, -1)]
    assert await names(api) == expected
    assert await names(api, sort="OLDEST") == expected[::-1]
    assert await names(api, states=["HELD"]) == expected[:4]


async def test_a_search_finds_names_and_erp_numbers_by_their_beginning(api: Api) -> None:
    await api.orders(12, first=1001, numbers="SO")
    await api.orders(2, first=2001, numbers="10")
    assert await names(api, query="1001") == ["#1001"]
    assert await names(api, query="#100") == [f"#{n}" for n in range(1001, 1010)]
    assert await names(api, query="so101") == ["#1010", "#1011", "#1012"]
    assert await names(api, query="10") == ["#1001", "#1002", "#1003", "#1004", "#1005", "#1006", "#1007",
        "#1008", "#1009", "#1010", "#1011", "#1012", "#2001", "#2002"]  # fmt: skip
    assert await names(api, query="%") == []


async def test_a_list_takes_as_many_statements_for_fifty_orders_as_for_one(api: Api) -> None:
    await api.orders(50)
    spent = {}
    for first in (1, 50):
        api.counted.said.clear()
        await api.ask(PAGE, first=first, sort="NEWEST")
        spent[first] = len(api.counted.said)
    assert spent[50] == spent[1] <= 7


ONE = """
query ($id: ID!) { order(id: $id) { name reason { code sentence verdict explanation { advice } }
  timeline(first: 2) { nodes { kind sentence facts { name value } } pageInfo { hasNextPage endCursor } } } }
"""


async def test_an_order_tells_why_it_waits_and_what_happened(api: Api) -> None:
    (record,) = await api.orders(
        1, state="held", code="item.unknown", sentence="No item A-1.", verdict="needs_mapping"
    )
    for kind in ("read", "reason", "held"):
        await api.owner.execute(
            "INSERT INTO timeline (tenant_id, connection_id, record_id, kind, sentence, facts)"
            " VALUES ($1, $2, $3, $4, 'It happened.', '{\"item\": \"A-1\"}')",
            api.mine.joined.tenant,
            api.mine.joined.connection,
            record,
            kind,
        )
    order = (await api.ask(ONE, id=f"gid://stockbridge/Order/{record}"))["order"]
    assert order["reason"]["verdict"] == "NEEDS_MAPPING"
    assert "map the SKU" in order["reason"]["explanation"]["advice"]
    assert [line["kind"] for line in order["timeline"]["nodes"]] == ["held", "reason"]
    assert order["timeline"]["nodes"][0]["facts"] == [{"name": "item", "value": "A-1"}]
    assert order["timeline"]["pageInfo"]["hasNextPage"]


@pytest.mark.parametrize("first", [0, 101, -1])
async def test_a_page_of_no_size_is_refused(api: Api, first: int) -> None:
    assert await api.refused(PAGE, first=first, sort="NEWEST") == ["page.size"]


async def test_a_cursor_of_nobodys_is_refused(api: Api) -> None:
    assert await api.refused(PAGE, first=3, sort="NEWEST", after="made-up") == ["page.cursor"]


async def test_an_order_shows_its_refunds_and_nobody_elses(api: Api) -> None:
    await api.orders(2, state="settled")
    await api.owner.execute(
        "INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, parent_key, state, reference, amount, currency,"
        " sink_number, reason_code, reason_sentence, reason_verdict)"
        " SELECT tenant_id, connection_id, shop_id, 'refund', '50' || source_key, source_key, 'held', reference || '-R1', 5,"
        " 'EUR', 'CM-1', 'refund.changed', 'Another.', 'look_first' FROM record WHERE kind = 'order'"
    )
    fields = "storeKey state total { amount } hostNumber reason { code }"
    document = f"{{ orders(first: 5) {{ nodes {{ storeKey refunds {{ {fields} }} }} }} }}"
    nodes = (await api.ask(document))["orders"]["nodes"]
    assert len(nodes) == 2
    for node in nodes:
        assert node["refunds"] == [
            {
                "storeKey": f"50{node['storeKey']}",
                "state": "HELD",
                "total": {"amount": "5"},
                "hostNumber": "CM-1",
                "reason": {"code": "refund.changed"},
            }
        ]


async def test_an_order_shows_what_left_the_erp_for_it(api: Api) -> None:
    await api.orders(1, state="settled")
    await api.owner.execute(
        "INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, parent_key, state, reference, sink_number,"
        " reason_code, reason_sentence, reason_verdict) SELECT tenant_id, connection_id, shop_id, 'shipment', 'S7', source_key,"
        " 'held', 'SH-7', '#1-F1', 'fulfillment.changed', 'Another.', 'look_first' FROM record WHERE kind = 'order'"
    )
    fields = "hostKey number state storeNumber reason { code }"
    (node,) = (
        await api.ask(
            f"{{ orders(first: 5) {{ nodes {{ shipments {{ {fields} }} refunds {{ state }} }} }} }}"
        )
    )["orders"]["nodes"]
    assert node == {
        "shipments": [
            {
                "hostKey": "S7",
                "number": "SH-7",
                "state": "HELD",
                "storeNumber": "#1-F1",
                "reason": {"code": "fulfillment.changed"},
            }
        ],
        "refunds": [],
    }


async def test_an_order_shows_what_was_sent_of_it_in_the_shop(api: Api) -> None:
    await api.orders(1, state="settled")
    await api.owner.execute(
        "INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, parent_key, state, reference, sink_number,"
        " reason_code, reason_sentence, reason_verdict) SELECT tenant_id, connection_id, shop_id, 'parcel', '801', source_key,"
        " 'held', '#1-F1', 'SH-7', 'parcel.changed', 'Another.', 'look_first' FROM record WHERE kind = 'order'"
    )
    fields = "storeKey name state hostNumber reason { code }"
    asked = f"{{ orders(first: 5) {{ nodes {{ parcels {{ {fields} }} shipments {{ state }} }} }} }}"
    (node,) = (await api.ask(asked))["orders"]["nodes"]
    assert node == {
        "parcels": [
            {
                "storeKey": "801",
                "name": "#1-F1",
                "state": "HELD",
                "hostNumber": "SH-7",
                "reason": {"code": "parcel.changed"},
            }
        ],
        "shipments": [],
    }


@pytest.mark.parametrize("kind", ["refund", "shipment", "parcel"])
async def test_what_hangs_on_an_order_leads_to_its_own_record(api: Api, kind: str) -> None:
    await api.orders(1, state="settled")
    await api.owner.execute(
        "INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, parent_key, state) SELECT tenant_id,"
        " connection_id, shop_id, $1, '900', source_key, 'waiting' FROM record WHERE kind = 'order'",
        kind,
    )
    (node,) = (await api.ask(f"{{ orders(first: 5) {{ nodes {{ {kind}s {{ id }} }} }} }}"))["orders"]["nodes"]
    (hanging,) = node[f"{kind}s"]
    record = (await api.ask("query ($id: ID!) { record(id: $id) { id kind } }", id=hanging["id"]))["record"]
    assert record == {"id": hanging["id"], "kind": kind.upper()}
