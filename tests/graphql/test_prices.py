"""Prices by a person's word, through the real flow on PostgreSQL: set up, plan, approve, look, answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, fields
from typing import Any, cast

import pytest

from app.models.connections import Connection
from app.sync.sides import Sides
from app.wiring import Core
from tests.conftest import Addresses
from tests.fakes.prices import FakeErpPrices, FakeShopPrices, base, price_sides
from tests.graphql.conftest import Api, serving


@dataclass(frozen=True, kw_only=True)
class PricedCore(Core):
    """A core whose connections open onto a shop and an ERP in memory."""

    erp: FakeErpPrices = field(default_factory=FakeErpPrices)
    shop: FakeShopPrices = field(default_factory=FakeShopPrices)

    async def open_sides(self, connection: Connection) -> Sides:
        return price_sides(connection, shop=self.shop, erp=self.erp)


def priced(core: Core) -> PricedCore:
    made = PricedCore(**{each.name: getattr(core, each.name) for each in fields(Core)})
    for n in range(1, 21):
        made.erp.set(f"SKU-{n:04}", "10.00")
        made.shop.offer(f"SKU-{n:04}", "10.00", variant=f"{n:04}")
    return made


@pytest.fixture
async def api(addresses: Addresses, valkey_url: str) -> AsyncIterator[Api]:
    async with serving(addresses, valkey_url, priced) as made:
        yield made


RUN = """run { id flow state needsApproval concerns counts { changed asks onSale kept } progress { done held calls }
    priceLines { nodes { sku listKey old new state code } pageInfo { hasNextPage } } } userErrors { code field }"""
PLAN = f"mutation ($id: ID!) {{ pricePlan(connection: $id) {{ {RUN} }} }}"
APPROVE = f"mutation ($id: ID!) {{ pricePlanApprove(run: $id) {{ {RUN} }} }}"
ANSWER = (
    f"mutation ($id: ID!, $winner: PriceWinner!) {{ priceAnswer(run: $id, winner: $winner) {{ {RUN} }} }}"
)
STOP = f"mutation ($id: ID!) {{ runStop(run: $id) {{ {RUN} }} }}"
SAVE = """mutation ($id: ID!, $input: PriceSettingsInput!) { priceSettingsSave(connection: $id, input: $input) {
    settings { on sale changedByPerson everySeconds tiers { tier listKey } } userErrors { code field } } }"""


def mine(api: Api) -> str:
    return f"gid://stockbridge/Connection/{api.mine.joined.connection}"


async def did(api: Api, document: str, **variables: Any) -> dict[str, Any]:
    (payload,) = (await api.ask(document, **variables)).values()
    return dict(payload)


async def test_settings_are_laid_over_those_there_are_and_nonsense_is_refused(api: Api) -> None:
    refused = await did(api, PLAN, id=mine(api))
    assert refused == {"run": None, "userErrors": [{"code": "price.not_set_up", "field": ["connection"]}]}
    await did(api, SAVE, id=mine(api), input={"everySeconds": 300})
    kept = (await did(api, SAVE, id=mine(api), input={"sale": "WAS_PRICE"}))["settings"]
    assert (kept["on"], kept["sale"], kept["changedByPerson"], kept["everySeconds"]) == (
        True,
        "WAS_PRICE",
        "ASK",
        300,
    )
    flows = (await api.ask("{ connections { flows { flow on } } }"))["connections"][0]["flows"]
    assert {"flow": "PRICES", "on": True} in flows
    wrong = await did(api, SAVE, id=mine(api), input={"tiers": [{"tier": "A", "listKey": "x"}]})
    assert wrong["userErrors"] == [{"code": "price.settings_malformed", "field": ["input"]}]


async def test_a_plan_waits_is_approved_and_what_asks_is_answered(api: Api) -> None:
    core = cast(PricedCore, api.core)
    await did(api, SAVE, id=mine(api), input={})
    core.erp.set("SKU-0001", "12")
    core.erp.set("SKU-0002", "40")
    plan = (await did(api, PLAN, id=mine(api)))["run"]
    assert (plan["flow"], plan["state"], plan["needsApproval"], plan["concerns"]) == (
        "PRICES",
        "PLANNED",
        True,
        ["FIRST"],
    )
    assert plan["priceLines"]["nodes"] == [
        {
            "sku": "SKU-0001",
            "listKey": None,
            "old": "10.00",
            "new": "12.00",
            "state": "planned",
            "code": None,
        },
        {
            "sku": "SKU-0002",
            "listKey": None,
            "old": "10.00",
            "new": "40.00",
            "state": "held",
            "code": "price.steep",
        },
    ]
    assert core.shop.calls == []
    assert (await did(api, APPROVE, id=plan["id"]))["run"]["state"] == "RUNNING"
    await core.work("worker").turns_due()
    assert str(core.shop.prices[base("0001")].price) == "12.00"
    twice = await did(api, APPROVE, id=plan["id"])
    assert [each["code"] for each in twice["userErrors"]] == ["price.plan_gone"]
    answered = await did(api, ANSWER, id=plan["id"], winner="ERP")
    assert answered["userErrors"] == []
    await core.work("worker").turns_due()
    assert str(core.shop.prices[base("0002")].price) == "40.00"


async def test_a_plan_of_prices_can_be_given_up(api: Api) -> None:
    core = cast(PricedCore, api.core)
    await did(api, SAVE, id=mine(api), input={})
    core.erp.set("SKU-0001", "12")
    plan = (await did(api, PLAN, id=mine(api)))["run"]
    assert (await did(api, STOP, id=plan["id"]))["run"]["state"] == "STOPPED"
