"""Records of every kind over the API: found by whatever they are known by, filtered, each on one page, and never by e-mail
in clear."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql.conftest import Api, Tenant
from tests.graphql.test_products import told

SEARCH = """query ($filter: RecordFilterInput, $first: Int = 25, $after: String, $sort: RecordSort! = NEWEST) {
  recordSearch(filter: $filter, first: $first, after: $after, sort: $sort) {
    nodes { id kind name storeKey state total { amount } reason { code } parent { name } order { id } links { label url } }
    pageInfo { hasNextPage endCursor } } }"""


async def found(api: Api, *, first: int = 3, sort: str = "NEWEST", **filter: Any) -> list[str]:
    """Every page's, in order, by kind and key."""
    names: list[str] = []
    after = None
    for _ in range(30):
        asked = await api.ask(SEARCH, filter=filter, first=first, after=after, sort=sort)
        page = asked["recordSearch"]
        names += [f"{node['kind'].lower()} {node['storeKey']}" for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return names
    raise AssertionError("the pages do not end")


async def beside(api: Api, kind: str, key: str, *, of: Tenant | None = None, **columns: Any) -> None:
    """A record of another kind."""
    joined = (of or api.mine).joined
    given = {"state": "settled", "reference": None, "parent_key": None, "sink_number": None, **columns}
    names, places = ", ".join(given), ", ".join(f"${n}" for n in range(6, 6 + len(given)))
    await api.owner.execute(
        f"INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, {names})"
        f" VALUES ($1, $2, $3, $4, $5, {places})",
        joined.tenant, joined.connection, joined.shop, kind, key, *given.values(),
    )  # fmt: skip
    await api.owner.execute(
        "UPDATE record SET reference_search = lower(reference) WHERE source_key = $1", key
    )


async def furnished(api: Api) -> None:
    await api.orders(3)
    await beside(api, "refund", "501", reference="#1001-R501", parent_key="1001", sink_number="CM-7")
    await beside(api, "customer", "7001", reference="customer 7001", sink_number="C-7001")
    await beside(api, "product", "P-9", reference="Green tea", sink_key="9001")
    await beside(api, "shipment", "S7", reference="SH-7", parent_key="1002", external_id="order-abc-1002")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("#1001", ["order 1001", "refund 501"]),
        ("1001", ["order 1001", "refund 501"]),
        ("SO1002", ["order 1002"]),
        ("cm-7", ["refund 501"]),
        ("green", ["product P-9"]),
        ("9001", ["product P-9"]),
        ("501", ["refund 501"]),
        ("order-abc-1002", ["shipment S7"]),
        ("nobody", []),
        ("%", []),
    ],
)
async def test_one_search_finds_whatever_is_known_by_the_words(
    api: Api, words: str, expected: list[str]
) -> None:
    await furnished(api)
    await api.orders(1, of=api.theirs)
    assert await found(api, words=words) == expected
    assert await found(api, words=words, first=1) == expected


async def test_goods_that_are_on_their_way_are_found_by_their_sku(api: Api) -> None:
    await furnished(api)
    await api.owner.execute(
        "INSERT INTO demand_line (tenant_id, record_id, connection_id, sku, location_key, quantity)"
        " SELECT tenant_id, id, connection_id, 'tea-1', place, 2 FROM record, unnest(ARRAY['1', '2']) AS place"
        " WHERE source_key IN ('1001', '1003') AND kind = 'order'"
    )
    assert sorted(await found(api, words="TEA-1", first=1)) == ["order 1001", "order 1003"]


async def test_a_product_is_found_by_the_sku_of_one_of_its_variants(api: Api) -> None:
    await told(api, "tea-1", "TEA-2")
    await beside(api, "product", "G-1", reference="Cup")
    await beside(api, "order", "G-1")
    assert await found(api, words="Tea-2") == ["product G-1"]


async def test_a_person_is_found_by_their_whole_e_mail_and_by_nothing_less(api: Api) -> None:
    await furnished(api)
    vault, mine = api.core.vault, api.mine.joined
    for whose in (mine, api.theirs.joined):
        email = vault.keyed_hash("ada@example.com", tenant=whose.tenant)
        await api.owner.execute(
            "UPDATE record SET email_hash = $2 WHERE tenant_id = $1 AND source_key = ANY ('{1001, 1003, 7001}')",
            whose.tenant,
            email,
        )
    expected = ["customer 7001", "order 1003", "order 1001"]
    assert await found(api, words="Ada@Example.com ", first=1) == expected
    assert await found(api, words="Ada@Example.com", kinds=["ORDER"]) == expected[1:]
    assert await found(api, words="ada@example") == []
    rows = await api.owner.fetch("SELECT to_jsonb(r)::text AS said FROM record r")
    assert not [row for row in rows if "ada@" in row["said"]]


async def test_every_record_is_on_one_page_whatever_its_kind(api: Api) -> None:
    await furnished(api)
    everything = await found(api)
    assert (len(everything), len(set(everything))) == (7, 7)
    assert await found(api, sort="OLDEST") == everything[::-1]
    assert await found(api, kinds=["ORDER"], first=1) == ["order 1003", "order 1002", "order 1001"]


async def test_filters_leave_what_fits_all_of_them(api: Api) -> None:
    await api.orders(2)
    await api.orders(2, first=2001, state="held", code="item.unknown", verdict="needs_mapping")
    await api.orders(1, first=3001, state="skipped", code="order.test", verdict="never")
    assert await found(api, states=["HELD"]) == ["order 2002", "order 2001"]
    assert await found(api, code="item.unknown", first=1) == ["order 2002", "order 2001"]
    assert await found(api, code="order.test") == ["order 3001"]
    assert await found(api, words="#2", states=["SETTLED"]) == []
    assert await found(api, code="item.unknown", states=["SETTLED"]) == []
    seen = await api.owner.fetchval("SELECT first_seen_at FROM record WHERE source_key = '2002'")
    assert await found(api, since=seen.isoformat(), states=["HELD"]) == ["order 2002"]
    assert await found(api, until=seen.isoformat(), states=["HELD"]) == ["order 2001"]
    theirs = f"gid://stockbridge/Connection/{api.theirs.joined.connection}"
    assert await found(api, connection=theirs) == []


async def test_a_record_says_what_it_hangs_on_and_where_to_look_at_it(api: Api) -> None:
    await furnished(api)
    await api.owner.execute(
        "UPDATE record SET sink_address = $1 WHERE source_key = '501'", "https://erp.example/7"
    )
    (refund,) = (await api.ask(SEARCH, filter={"words": "501"}))["recordSearch"]["nodes"]
    assert (refund["parent"], refund["order"]) == ({"name": "#1001"}, None)
    assert [link["label"] for link in refund["links"]] == ["Its order in Shopify", "The document in the ERP"]
    assert refund["links"][0]["url"].endswith("/admin/orders/1001")
    assert refund["links"][1]["url"] == "https://erp.example/7"


ONE = "query ($id: ID!) { record(id: $id) { id kind timeline(first: 2) { nodes { kind } } } }"


async def test_one_record_is_asked_for_by_its_own_id_or_as_an_order(api: Api) -> None:
    (record,) = await api.orders(1)
    for kind in ("Record", "Order"):
        answer = (await api.ask(ONE, id=f"gid://stockbridge/{kind}/{record}"))["record"]
        assert answer == {
            "id": f"gid://stockbridge/Record/{record}",
            "kind": "ORDER",
            "timeline": {"nodes": []},
        }
    (theirs,) = await api.orders(1, of=api.theirs)
    assert (await api.ask(ONE, id=f"gid://stockbridge/Record/{theirs}"))["record"] is None


async def test_those_that_are_named_come_page_by_page_in_their_order(api: Api) -> None:
    ids = [f"gid://stockbridge/Order/{each}" for each in await api.orders(3)]
    (theirs,) = await api.orders(1, of=api.theirs)
    named = [*ids, f"gid://stockbridge/Record/{theirs}", "nonsense"]
    assert await found(api, ids=named, first=1) == ["order 1003", "order 1002", "order 1001"]
    assert await found(api, ids=named, first=2, sort="OLDEST") == ["order 1001", "order 1002", "order 1003"]
    assert await found(api, ids=[]) == []


async def test_a_page_of_fifty_takes_as_many_statements_as_a_page_of_one(api: Api) -> None:
    await api.orders(50)
    await api.owner.execute("UPDATE record SET parent_key = '1001' WHERE source_key <> '1001'")
    spent = {}
    for first in (1, 50):
        api.counted.said.clear()
        await api.ask(SEARCH, first=first)
        spent[first] = len(api.counted.said)
    assert spent[50] == spent[1] <= 6


@pytest.mark.parametrize("filter", [{"words": "x" * 301}, {"ids": ["gid://stockbridge/Record/1"] * 101}])
async def test_more_than_can_be_answered_is_refused(api: Api, filter: dict[str, Any]) -> None:
    assert await api.refused(SEARCH, filter=filter) == ["page.size"]
