"""The whole prices flow on real PostgreSQL against the simulated shop: calls, files, lists, sales, and the shop's own book."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.stock_plan import RunState, RunView
from app.models.connections import Connection
from app.models.database import Database
from app.ports import BulkFrom
from app.settings import PROFILES
from app.sync.prices.flow import PriceFlow
from app.sync.sides import Sides
from tests.fakes.prices import FakeErpPrices, FakeShopPrices, price_sides
from tests.models.world import VAULT, Joined, join
from tests.shopify.conftest import InstalledShop
from tests.sync.stock.conftest import dies_at

QUICK = replace(
    PROFILES["short"], bulk_look=timedelta(0), bulk_settle=timedelta(0), price_settle=timedelta(0)
)
PRODUCTS, OF_EACH = 12, 25


@dataclass(kw_only=True)
class Stage:
    shop: InstalledShop
    erp: FakeErpPrices
    flow: PriceFlow
    joined: Joined

    async def prices(self, **wanted: Any) -> dict[str, tuple[str, str | None]]:
        rows = (await self.shop.tell("GET", "/prices", **wanted))["prices"]
        return {row["sku"]: (row["price"], row["was"]) for row in rows}

    async def set_up(self, settings: str = '{"changed": 1}') -> None:
        await self.flow.set_up(self.joined.tenant, self.joined.connection, settings)

    async def run(self) -> RunView:
        view = await self.flow.plan_prices(self.joined.tenant, self.joined.connection, started_by="test")
        if view.needs_approval:
            await self.flow.approve(self.joined.tenant, view.id, by="me")
        return await _until_done(self, view)

    def calls(self, name: str) -> int:
        return len([each for each, _ in self.shop.pace.taken if each == name])


@pytest.fixture
async def stage(shop: InstalledShop, database: Database) -> Stage:
    products = [
        {
            "title": f"P{n:02}",
            "variants": [{"sku": f"P{n:02}-{m:02}", "price": "10.00", "stock": None} for m in range(OF_EACH)],
        }
        for n in range(PRODUCTS)
    ]
    await shop.tell("POST", "/products", products=products)
    erp, joined = FakeErpPrices(size=400), await join(database)
    store = shop.store

    async def sides(connection: Connection) -> Sides:
        made = price_sides(connection, shop=FakeShopPrices(), erp=erp, timing=QUICK)
        return replace(made, store=replace(made.store, prices=store.prices, price_files=store.price_files))

    flow = PriceFlow(database=database, vault=VAULT, open=sides, worker="one", bulk=BulkFrom(prices=200))
    made = Stage(shop=shop, erp=erp, flow=flow, joined=joined)
    erp.asks = {
        ("", sku): Decimal(price) for sku, (price, _) in (await made.prices()).items() if sku[0] == "P"
    }
    await made.set_up()
    await made.run()
    return made


async def test_changes_are_one_call_for_each_product_and_leave_the_compare_at_price_alone(
    stage: Stage,
) -> None:
    await stage.shop.tell("PATCH", "/prices", prices=[{"sku": "P00-00", "was": "5.00"}])
    for sku in ("P00-00", "P00-01", "P03-07"):
        stage.erp.set(sku, "11.5")
    before = stage.calls("price_set")
    view = await stage.run()
    shown = await stage.prices()
    assert (view.done, stage.calls("price_set") - before) == (3, 2)
    assert [shown[sku] for sku in ("P00-00", "P00-01", "P03-07")] == [
        ("11.50", "5.00"),
        ("11.50", None),
        ("11.50", None),
    ]
    rows = (await stage.shop.tell("GET", "/prices/book"))["rows"]
    assert {row["sku"] for row in rows if row["by"] == "app"} == {"P00-00", "P00-01", "P03-07"}


async def test_one_bad_variant_is_held_and_the_others_of_its_call_are_written(stage: Stage) -> None:
    await stage.shop.tell("POST", "/prices/poison", skus=["P00-01"])
    for n in range(3):
        stage.erp.set(f"P00-{n:02}", "12")
    view = await stage.run()
    assert (view.done, view.held) == (2, 1)
    shown = await stage.prices()
    assert [shown[f"P00-{n:02}"][0] for n in range(3)] == ["12.00", "10.00", "12.00"]


async def test_a_sale_that_a_person_set_stays(stage: Stage) -> None:
    await stage.shop.tell("PATCH", "/prices", prices=[{"sku": "P00-00", "price": "8", "was": "10"}])
    stage.erp.set("P00-00", "12")
    await stage.run()
    assert (await stage.prices())["P00-00"] == ("8.00", "10.00")


async def test_many_changes_go_by_a_file_and_its_lines_are_read(stage: Stage) -> None:
    await stage.shop.tell("POST", "/prices/poison", skus=["P05-05"])
    await stage.shop.tell("PATCH", "/prices", prices=[{"sku": "P06-06", "price": "8", "was": "10"}])
    stage.erp.factor = Decimal("1.1")
    before = {name: stage.calls(name) for name in ("price_set", "bulk_write", "price_seen")}
    view = await stage.run()
    made = {name: stage.calls(name) - count for name, count in before.items()}
    assert made == {"price_set": 0, "bulk_write": 1, "price_seen": 2}
    assert (view.state, view.done, view.held) == (RunState.DONE, PRODUCTS * OF_EACH - 2, 1)
    shown = {sku: price for sku, price in (await stage.prices()).items() if sku[0] == "P"}
    other = {sku: price for sku, price in shown.items() if price != ("11.00", None)}
    assert other == {"P05-05": ("10.00", None), "P06-06": ("8.00", "10.00")}


async def test_a_file_that_fails_half_way_is_finished_call_by_call_and_nothing_is_written_twice(
    stage: Stage,
) -> None:
    answer = await stage.shop.control.post("/control/bulk", json={"type": "MUTATION", "fail_after": 4})
    assert answer.status_code == 200
    stage.erp.factor = Decimal("1.1")
    view = await stage.run()
    shown = {price for sku, price in (await stage.prices()).items() if sku[0] == "P"}
    assert (view.state, view.done, shown) == (RunState.DONE, PRODUCTS * OF_EACH, {("11.00", None)})
    rows = (await stage.shop.tell("GET", "/prices/book"))["rows"]
    written = [row["sku"] for row in rows if row["by"] == "app"]
    assert len(written) == len(set(written)) == PRODUCTS * OF_EACH


@pytest.mark.parametrize("step", ["bulk.uploaded", "bulk.asked", "bulk.answered", "bulk.applied"])
async def test_an_heir_goes_on_with_a_file_and_writes_nothing_twice(stage: Stage, step: str) -> None:
    stage.erp.factor = Decimal("1.1")
    tenant, connection = stage.joined.tenant, stage.joined.connection
    plan = await stage.flow.plan_prices(tenant, connection, started_by="test")
    await dies_at(step, _until_done(stage, plan))
    heir = replace(stage, flow=replace(stage.flow, worker="heir"))
    view = await _until_done(heir, plan)
    assert (view.state, view.done) == (RunState.DONE, PRODUCTS * OF_EACH)
    rows = (await stage.shop.tell("GET", "/prices/book"))["rows"]
    written = [row["sku"] for row in rows if row["by"] == "app"]
    assert len(written) == len(set(written)) == PRODUCTS * OF_EACH


async def _until_done(stage: Stage, view: RunView) -> RunView:
    for _ in range(10_000):
        view = await stage.flow.push(stage.joined.tenant, view.id)
        if view.state is not RunState.RUNNING:
            return view
        await asyncio.sleep(0.02)
    raise AssertionError(view)


async def test_a_lost_answer_is_looked_at_and_written_once(stage: Stage) -> None:
    await stage.shop.next_fault(where="graphql", kind="after", document="PriceSet")
    stage.erp.set("P00-00", "12")
    view = await stage.run()
    rows = (await stage.shop.tell("GET", "/prices/book"))["rows"]
    assert (view.done, [row["price"] for row in rows if row["by"] == "app"]) == (1, ["12.00"])


async def test_a_tier_feeds_a_business_catalogs_list_beyond_its_first_page(stage: Stage) -> None:
    number = (await stage.shop.tell("POST", "/price-lists", name="Wholesale", currency="EUR"))["list"]
    skus = [sku for _, sku in sorted(stage.erp.asks)]
    for sku in skus:
        stage.erp.set(sku, "7.25", tier="WHOLESALE")
    await stage.set_up(f'{{"changed": 1, "tiers": {{"WHOLESALE": "{number}"}}}}')
    view = await stage.run()
    assert (view.done, stage.calls("price_fix")) == (len(skus), 2)
    fixed = await stage.prices(list=number)
    assert fixed == dict.fromkeys(skus, ("7.25", None))
    await stage.shop.tell(
        "PATCH", "/prices", prices=[{"sku": skus[-1], "price": "7.25", "was": "7.00", "list": number}]
    )
    stage.erp.set(skus[-1], "7.5", tier="WHOLESALE")
    await stage.run()
    assert (await stage.prices(list=number))[skus[-1]] == ("7.50", "7.00")
