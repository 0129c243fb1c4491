"""Warehouses and locations in both directions, what a SKU is in the ERP, and settings that can't be meant."""

from __future__ import annotations

import pytest

from app.domain.ids import StoreKey
from app.domain.inventory import Component, StockMode, StoreLocation
from app.errors import Misconfigured
from app.mapping import stock, tables

MAIN, SHOP, OLD = (
    StoreLocation(key=StoreKey("1"), name="Main"),
    StoreLocation(key=StoreKey("2"), name="Shop"),
    StoreLocation(key=StoreKey("3"), name="Old", active=False),
)


def test_without_a_map_of_its_own_stock_follows_the_orders_table_backwards() -> None:
    mapped = tables.of(1, {"locations": {"1": "WH", "2": "ST"}})
    found = stock.feeding(stock.StockSettings(), mapped, [MAIN, SHOP, OLD])
    assert found == {"1": ("WH",), "2": ("ST",)}
    assert stock.locations_of("ST", found) == ("2",)


def test_a_default_warehouse_serves_the_one_location_left_and_never_two() -> None:
    mapped = tables.of(1, {"locations": {"*": "WH"}})
    assert stock.feeding(stock.StockSettings(), mapped, [MAIN, OLD]) == {"1": ("WH",)}
    assert stock.feeding(stock.StockSettings(), mapped, [MAIN, SHOP]) == {}


def test_several_warehouses_may_feed_one_location() -> None:
    chosen = stock.of('{"warehouses": {"1": ["A", "B"]}}')
    assert stock.feeding(chosen, tables.of(1, {}), [MAIN, SHOP]) == {"1": ("A", "B")}


def test_a_warehouse_that_feeds_two_locations_is_refused() -> None:
    chosen = stock.of('{"warehouses": {"1": ["A"], "2": ["A"]}}')
    with pytest.raises(Misconfigured) as refused:
        stock.feeding(chosen, tables.of(1, {}), [MAIN, SHOP])
    assert refused.value.code == "stock.warehouse_twice"


HALVES = '"allocations": [{"location": "1", "share": 0.5}, {"location": "2", "share": 0.5}'


def test_a_warehouse_feeds_several_locations_whose_shares_come_to_no_more_than_one() -> None:
    chosen = stock.of('{"warehouses": {"1": ["A"], "2": ["A", "B"]}, ' + HALVES + "]}")
    fed = stock.feeding(chosen, tables.of(1, {}), [MAIN, SHOP])
    assert fed == {"1": ("A",), "2": ("A", "B")}


@pytest.mark.parametrize(
    ("more", "sku"),
    [
        (', {"location": "1", "share": 0.6}]', "*"),
        (', {"location": "2", "sku": "MUG", "share": 0.8}]', "mug"),
    ],
)
def test_shares_of_a_warehouse_that_come_to_more_than_one_are_refused(more: str, sku: str) -> None:
    chosen = stock.of('{"warehouses": {"1": ["A"], "2": ["A"]}, ' + HALVES + more + "}")
    with pytest.raises(Misconfigured) as refused:
        stock.feeding(chosen, tables.of(1, {}), [MAIN, SHOP])
    assert (refused.value.code, refused.value.facts["sku"]) == ("stock.warehouse_twice", sku)


def test_a_warehouse_that_feeds_one_location_twice_is_refused() -> None:
    chosen = stock.of('{"warehouses": {"1": ["A", "A"]}}')
    with pytest.raises(Misconfigured):
        stock.feeding(chosen, tables.of(1, {}), [MAIN, SHOP])


def test_a_sku_is_what_the_items_table_says_or_itself_but_never_the_stand_in() -> None:
    mapped = tables.of(1, {"items": {"MUG": "100-MUG", "*": "FALLBACK"}})
    assert (stock.item_of("mug", mapped), stock.item_of("cup", mapped)) == ("100-MUG", "cup")


def test_a_bundle_is_its_components() -> None:
    chosen = stock.of('{"bundles": {"SET": {"MUG": 2, "TEA": 1}}}')
    expected = (Component(item="MUG", quantity=2), Component(item="TEA", quantity=1))
    assert chosen.components("set", tables.of(1, {})) == expected
    assert chosen.components("MUG", tables.of(1, {})) == (Component(item="MUG", quantity=1),)


def test_settings_read_as_they_were_stored() -> None:
    chosen = stock.of(
        '{"mode": "on_hand", "safety": [{"location": "", "sku": "MUG", "units": 2}], "zeroed": 0.5}'
    )
    assert (chosen.mode, chosen.safety.of("1", "mug"), chosen.limits.zeroed) == (StockMode.ON_HAND, 2, 0.5)


@pytest.mark.parametrize(
    "stored",
    [
        '{"mode": "guess"}',
        '{"safety": [{"location": "1", "sku": "A", "units": -1}]}',
        '{"allocations": [{"share": 1.1}]}',
        '{"allocations": [{"share": -0.1}]}',
        '{"allocations": [{"cap": -1}]}',
        '{"bundles": {"SET": {"MUG": 0}}}',
        "[]",
    ],
)
def test_settings_that_can_not_be_meant_are_refused(stored: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  several decoders speak here
        stock.of(stored)
