"""The market of an order, which Shopify does not tell with it: by the place it goes to and the shop's own markets of regions."""

from __future__ import annotations

from typing import Any, cast

from app.domain.ids import StoreKey
from app.domain.order import Order
from app.settings import SCOPES
from app.shopify import market_wire as wire
from app.shopify.client import Client
from app.shopify.markets import Markets, Where, names
from app.shopify.stock_wire import typed
from tests.shopify.conftest import InstalledShop

LINE = {"sku": "SKU-0001", "quantity": 1, "price": "10.00"}
BERLIN = {
    "firstName": "Ada",
    "lastName": "Byron",
    "address1": "Hauptstr. 1",
    "city": "Berlin",
    "countryCodeV2": "DE",
}
SAN_JOSE = {**BERLIN, "city": "San Jose", "provinceCode": "CA", "countryCodeV2": "US"}


def market(
    name: str, *codes: str, status: str = "ACTIVE", level: str = "SPECIFIED", more: bool = False
) -> Any:
    """A code with a dash is a part of a country."""
    nodes = [
        {"subdivision": code.partition("-")[2], "within": {"code": code.partition("-")[0]}} if "-" in code else {"country": code}
        for code in codes
    ]  # fmt: skip
    told = {"applicationLevel": level, "regions": {"nodes": nodes, "pageInfo": {"hasNextPage": more}}}
    return {"name": name, "status": status, "conditions": {"regionsCondition": told}}


def page(*markets: Any, after: str | None = None) -> dict[str, Any]:
    return {
        "markets": {
            "nodes": list(markets),
            "pageInfo": {"hasNextPage": after is not None, "endCursor": after},
        }
    }


def found(place: Where, *markets: Any) -> list[str]:
    return list(names(typed(page(*markets), wire.MarketsAnswer).markets.nodes, place))


CALIFORNIA = Where(country="US", province="CA")


def test_an_order_is_in_every_market_that_holds_its_place_the_narrowest_first() -> None:
    world, states = market("World", level="ALL"), market("States", "US", "MX")
    golden, germany = market("Golden", "US-CA"), market("Germany", "DE")
    assert found(CALIFORNIA, world, states, golden, germany) == ["Golden", "States", "World"]
    assert found(Where(country="US", province="NY"), world, states, golden, germany) == ["States", "World"]
    assert found(Where(country="FR"), states, golden, germany) == []


def test_a_part_of_a_country_is_known_by_its_own_code_and_by_both() -> None:
    both = market("Golden", "US-US-CA")
    assert found(CALIFORNIA, both) == ["Golden"]
    assert found(Where(country="IT", province="CA"), both, market("Golden too", "US-CA")) == []


def test_a_market_that_does_not_sell_yet_or_is_of_no_region_holds_nothing() -> None:
    business = {"name": "Business", "status": "ACTIVE", "conditions": {"regionsCondition": None}}
    draft = market("Soon", "US", status="DRAFT")
    assert found(CALIFORNIA, draft, business, {**business, "conditions": None}) == []


class Shop:
    """Answers with pages, one after the other, and counts how often it was asked."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages, self.asked = list(pages), list[Any]()

    async def run(self, name: str, variables: dict[str, Any], _lane: object) -> dict[str, Any]:
        assert name == "markets"
        self.asked.append(variables["after"])
        return self.pages.pop(0)


async def test_markets_are_read_to_the_last_page_and_again_after_ten_minutes_whoever_asks() -> None:
    shop = Shop(page(market("Golden", "US-CA"), after="1"), page(market("States", "US")), page())
    now, kept = [0.0], dict[str, object]()

    def opened() -> Markets:
        return Markets(cast("Client", shop), kept, clock=lambda: now[0])

    assert await opened().of(CALIFORNIA) == ("Golden", "States")
    now[0] = 600.0
    assert await opened().of(CALIFORNIA) == ("Golden", "States")
    assert shop.asked == [None, "1"]
    now[0] = 601.0
    assert await opened().of(CALIFORNIA) == ()
    assert shop.asked == [None, "1", None]


async def test_of_a_market_that_is_not_told_whole_nobody_can_say_what_it_holds() -> None:
    shop = Shop(page(market("Many", "US", more=True)))
    assert await Markets(cast("Client", shop), {}).of(Where(country="FR")) is None


# --- by the simulated Shopify ----------------------------------------------------------------------------------------


async def placed(shop: InstalledShop, **described: Any) -> Order:
    (made,) = await shop.place({"lines": [LINE], **described})
    order = await shop.store.orders.get(StoreKey(made["legacy_id"]))
    assert order is not None
    return order


async def test_an_order_says_its_markets_by_where_it_goes_else_by_who_pays_else_by_the_counter(
    shop: InstalledShop,
) -> None:
    await shop.tell("POST", "/markets", name="Golden", parts=["US-CA"])
    assert (await placed(shop, shipping_address=BERLIN, billing_address=SAN_JOSE)).markets == ("Germany",)
    assert (await placed(shop, shipping_address=None, billing_address=SAN_JOSE)).markets == ("Golden",)
    counter = await placed(
        shop, shipping_address=None, billing_address=None, source="pos", retail_location="Main warehouse"
    )
    assert counter.markets == ("Germany",)
    assert (await placed(shop, shipping_address=None, billing_address=None)).markets == ()


async def test_many_orders_cost_one_reading_of_the_markets(shop: InstalledShop) -> None:
    shop.pace.taken.clear()
    for _ in range(3):
        await placed(shop, shipping_address=BERLIN)
    assert [name for name, _ in shop.pace.taken].count("markets") == 1


async def test_without_the_scope_orders_are_read_and_nobody_can_tell_their_market(
    shop: InstalledShop,
) -> None:
    await shop.tell("POST", "/scopes", scopes=SCOPES.replace("read_markets,", ""))
    await shop.tell("POST", "/expire-tokens")
    await shop.sign_in()
    order = await placed(shop, shipping_address=BERLIN)
    assert (order.markets, order.total.shop.amount) == (None, 10)
