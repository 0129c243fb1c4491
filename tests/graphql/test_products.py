"""Products over the API: the report by page, and the SKUs of both sides."""

from __future__ import annotations

from typing import Any

from app.models import product_cache
from tests.fakes.items import item, product
from tests.graphql.conftest import Api, Tenant

PRODUCTS = """
query ($id: ID!, $first: Int, $after: String, $query: String) {
  products(connection: $id, first: $first, after: $after, query: $query) {
    nodes { sku name category price currency quantity active storeProduct state }
    pageInfo { hasNextPage endCursor } userErrors { code }
  }
}
"""
AUDIT = """
query ($id: ID!, $first: Int, $after: String) {
  skuAudit(connection: $id, first: $first, after: $after) {
    nodes { fault store host inStore inHost } counts { fault skus }
    pageInfo { hasNextPage endCursor } userErrors { code }
  }
}
"""


async def told(api: Api, *skus: str, of: Tenant | None = None) -> None:
    """The ERP has told of these."""
    joined = (of or api.mine).joined
    async with api.core.database.tenant(joined.tenant) as tx:
        said = product("G-1", *(item(sku) for sku in skus))
        await product_cache.keep(tx, tenant=joined.tenant, connection=joined.connection, product=said)


async def asked(api: Api, text: str, **more: Any) -> dict[str, Any]:
    mine = f"gid://stockbridge/Connection/{api.mine.joined.connection}"
    (found,) = (await api.ask(text, id=mine, **more)).values()
    return dict(found)


async def test_the_report_comes_by_pages(api: Api) -> None:
    await told(api, "a-1", "A-2", "b-1")
    first = await asked(api, PRODUCTS, first=2)
    assert [node["sku"] for node in first["nodes"]] == ["a-1", "A-2"]
    assert first["nodes"][0] == {
        "sku": "a-1",
        "name": "Cup",
        "category": "Kitchen",
        "price": "12.50",
        "currency": "EUR",
        "quantity": "7",
        "active": True,
        "storeProduct": None,
        "state": None,
    }
    rest = await asked(api, PRODUCTS, first=2, after=first["pageInfo"]["endCursor"])
    assert [node["sku"] for node in rest["nodes"]] == ["b-1"]
    assert not rest["pageInfo"]["hasNextPage"]
    assert [node["sku"] for node in (await asked(api, PRODUCTS, query="A-"))["nodes"]] == ["a-1", "A-2"]


async def test_the_audit_counts_and_names(api: Api) -> None:
    await told(api, "ONLY-ERP")
    found = await asked(api, AUDIT)
    assert found["nodes"] == [
        {"fault": "MISSING_IN_STORE", "store": None, "host": "ONLY-ERP", "inStore": 0, "inHost": 1}
    ]
    assert {each["fault"]: each["skus"] for each in found["counts"] if each["skus"]} == {
        "MISSING_IN_STORE": 1
    }


async def test_anothers_products_are_as_unknown_as_those_that_never_were(api: Api) -> None:
    await told(api, "A", of=api.theirs)
    theirs = f"gid://stockbridge/Connection/{api.theirs.joined.connection}"
    for text in (PRODUCTS, AUDIT):
        (found,) = (await api.ask(text, id=theirs)).values()
        assert (found["nodes"], found["userErrors"]) == ([], [{"code": "connection.unknown"}])
