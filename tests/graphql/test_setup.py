"""The first hour over the API: each step is done when what it is about is true, and none of them writes to either side."""

from __future__ import annotations

from typing import Any

import pytest

from app.graphql.ids import Kind, gid
from app.wiring import utc_now
from tests.fakes.orders import order
from tests.graphql.furnished import FurnishedCore, Own, api, erp, own

__all__ = ["api", "erp", "own"]

STEPS = "steps { key done lacking found } next connection { id practice }"
SETUP = f"query ($id: ID) {{ setup(connection: $id) {{ {STEPS} }} }}"
TABLES = """query ($id: ID!) { setupTables(connection: $id) { orders complete userErrors { code }
    tables { name rest choices { code } values { value label orders code proposed } } } }"""
MAP = f"""mutation ($id: ID!, $tables: [TableInput!]!) {{ setupMap(connection: $id, tables: $tables) {{
    setup {{ {STEPS} }} userErrors {{ code field }} }} }}"""
FLOWS = f"""mutation ($id: ID!, $flows: [FlowChoiceInput!]!) {{ setupFlows(connection: $id, flows: $flows) {{
    setup {{ {STEPS} }} userErrors {{ code field }} }} }}"""
SKUS = f"""mutation ($id: ID!) {{ setupSkus(connection: $id) {{ storeItems hostProducts complete lacks
    setup {{ {STEPS} }} userErrors {{ code }} }} }}"""
TRY = f"""mutation ($id: ID!, $key: String!) {{ setupDryRun(connection: $id, storeKey: $key) {{
    preview {{ document rehearsal {{ action }} obstacles {{ code }} }} setup {{ {STEPS} }} userErrors {{ code field }} }} }}"""


async def asked(own: Own, document: str, **variables: Any) -> Any:
    (payload,) = (
        await own.api.ask(document, token=own.tenant.session, id=own.connection, **variables)
    ).values()
    return payload


def steps(setup: Any) -> dict[str, Any]:
    return {each["key"]: each for each in setup["steps"]}


def rows(**codes: str) -> list[dict[str, Any]]:
    return [{"name": name, "rows": [{"name": "*", "value": code}]} for name, code in codes.items()]


@pytest.fixture
async def fresh(own: Own) -> Own:
    """A connection of which nothing is decided yet."""
    await own.sql(
        "UPDATE connection SET state = 'setup', go_live_at = NULL, flows = '{\"orders\": true}' WHERE tenant_id = $1"
    )
    return own


async def test_without_a_connection_everything_is_to_do(own: Own) -> None:
    found = (await own.api.ask(SETUP, token=own.tenant.session))["setup"]
    assert (found["next"], found["connection"]) == ("CONNECT", None)
    assert [each["done"] for each in found["steps"]] == [False] * 6


async def test_what_is_another_organisations_is_what_never_was(own: Own) -> None:
    theirs = gid(Kind.CONNECTION, own.api.theirs.joined.connection)
    found = (await own.api.ask(SETUP, token=own.tenant.session, id=theirs))["setup"]
    assert found["connection"] is None


async def test_a_live_connection_has_gone_live_whatever_else_was_left_out(own: Own) -> None:
    found = steps(await asked(own, SETUP))
    assert found["GO_LIVE"]["done"]
    assert found["CONNECT"]["done"]


async def test_the_flows_are_decided_one_by_one_and_stock_begins_as_usual(fresh: Own) -> None:
    before = steps(await asked(fresh, SETUP))["FLOWS"]
    assert not before["done"]
    assert {"refunds", "customers", "fulfillments", "products"} <= set(before["lacking"])
    first = await asked(
        fresh, FLOWS, flows=[{"flow": "REFUNDS", "on": True}, {"flow": "INVENTORY", "on": True}]
    )
    left = steps(first["setup"])["FLOWS"]["lacking"]
    assert not {"refunds", "inventory"} & set(left)
    every = [{"flow": name.upper(), "on": False} for name in left]
    after = await asked(fresh, FLOWS, flows=every)
    assert steps(after["setup"])["FLOWS"]["done"]
    assert await fresh.api.owner.fetchval(
        "SELECT count(*) FROM stock_setting WHERE tenant_id = $1", fresh.tenant.joined.tenant
    )


async def test_orders_are_what_a_connection_is_for(fresh: Own) -> None:
    refused = await asked(fresh, FLOWS, flows=[{"flow": "ORDERS", "on": False}])
    assert refused["userErrors"] == [{"code": "flow.needed", "field": ["flows"]}]


async def test_what_is_mapped_is_laid_over_what_there_is(fresh: Own) -> None:
    done = await asked(
        fresh, MAP, tables=rows(locations="MAIN", payments="BANK", shipping="POST", taxes="VAT")
    )
    assert steps(done["setup"])["MAP"] == {"key": "MAP", "done": True, "lacking": [], "found": 0}
    left = await asked(
        fresh,
        MAP,
        tables=[
            {"name": "payments", "rows": [{"name": "Barter", "value": "SWAP"}, {"name": "x", "value": ""}]}
        ],
    )
    assert not left["userErrors"]
    tables = {each["name"]: each for each in (await asked(fresh, TABLES))["tables"]}
    assert tables["payments"]["rest"] == "BANK"


@pytest.mark.parametrize("name", ["items", "nothing"])
async def test_only_what_a_plain_shop_needs_is_mapped_here(fresh: Own, name: str) -> None:
    refused = await asked(fresh, MAP, tables=[{"name": name, "rows": []}])
    assert refused["userErrors"][0] == {"code": "mapping.no_table", "field": ["tables"]}


async def test_what_the_last_orders_name_is_told_with_what_it_is_mapped_to(fresh: Own) -> None:
    core: FurnishedCore = fresh.api.core  # type: ignore[assignment]
    core.orders.place(order(created_at=utc_now(), processed_at=utc_now()))
    found = await asked(fresh, TABLES)
    assert (found["userErrors"], found["orders"] > 0, found["complete"]) == ([], True, True)
    tables = {each["name"]: each for each in found["tables"]}
    assert list(tables) == ["locations", "payments", "shipping", "taxes"]
    named = [value for each in ("payments", "taxes", "shipping") for value in tables[each]["values"]]
    assert named, "the order's own words"
    assert all(each["orders"] >= 1 for each in named)
    assert [each["label"] for each in tables["locations"]["values"]]


async def test_a_dry_run_is_done_until_the_mapping_is_another(fresh: Own) -> None:
    core: FurnishedCore = fresh.api.core  # type: ignore[assignment]
    core.orders.place(order())
    await asked(fresh, MAP, tables=rows(locations="MAIN", payments="BANK", shipping="POST", taxes="VAT"))
    done = await asked(fresh, TRY, key="1001")
    assert done["preview"]["document"], done
    assert steps(done["setup"])["DRY_RUN"]["done"]
    other = await asked(fresh, MAP, tables=rows(payments="CASH"))
    assert not steps(other["setup"])["DRY_RUN"]["done"]


async def test_a_dry_run_of_an_order_that_is_not_there_is_none(fresh: Own) -> None:
    done = await asked(fresh, TRY, key="404")
    assert not (done["preview"] or {}).get("document")
    assert done["setup"] is None or not steps(done["setup"])["DRY_RUN"]["done"]


async def test_the_skus_of_both_sides_are_read_and_what_does_not_fit_is_counted(fresh: Own) -> None:
    done = await asked(fresh, SKUS)
    assert (done["userErrors"], done["complete"], done["storeItems"]) == ([], True, 5)
    step = steps(done["setup"])["SKUS"]
    assert step["done"]
    assert step["found"] > 0, "the ERP's one item is not in the shop"
    again = await asked(fresh, SKUS)
    assert again["storeItems"] == 5, "asked again it begins anew"


async def test_nothing_of_it_is_written_to_either_side(fresh: Own) -> None:
    core: FurnishedCore = fresh.api.core  # type: ignore[assignment]
    core.orders.place(order())
    await asked(fresh, MAP, tables=rows(locations="MAIN", payments="BANK", shipping="POST", taxes="VAT"))
    await asked(fresh, FLOWS, flows=[{"flow": "INVENTORY", "on": True}, {"flow": "PRICES", "on": True}])
    await asked(fresh, TABLES)
    await asked(fresh, SKUS)
    await asked(fresh, TRY, key="1001")
    count = await fresh.api.owner.fetchval(
        "SELECT count(*) FROM effect WHERE tenant_id = $1", fresh.tenant.joined.tenant
    )
    assert (count, core.shop_stock.calls) == (0, [])
