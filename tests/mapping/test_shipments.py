"""A shipment's codes read backwards: items to SKUs, warehouses to places, carriers to the store's names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.ids import ExternalId, StoreKey, external_id, parts_of
from app.domain.shipment import FulfillmentDocument, Shipment, ShipmentLine, ShipmentState, Tracking
from app.mapping import tables as mapping_tables
from app.mapping.options import Options, Policy
from app.mapping.shipments import fulfillment

AT = datetime(2026, 11, 1, tzinfo=UTC)
SHIPMENT = Shipment(
    key="7",
    number="SH-7",
    order_external_id=ExternalId("order-goods-1001"),
    state=ShipmentState.SENT,
    lines=(ShipmentLine(item="A100", quantity=2),),
    tracking=Tracking(numbers=("T1",), carrier="01"),
    warehouse="WH",
    shipped_at=AT,
    updated_at=AT,
)


def mapped(
    shipment: Shipment = SHIPMENT, options: Options | None = None, **tables: dict[str, str]
) -> FulfillmentDocument:
    return fulfillment(
        shipment,
        order_key=StoreKey("1001"),
        reference="#1001",
        tables=mapping_tables.of(1, tables),
        options=options or Options(),
    )


def test_an_item_is_known_by_the_skus_that_are_mapped_to_it() -> None:
    (line,) = mapped(items={"Tea-Big": "A100", "TEA-GIFT": "A100", "*": "A100"}).lines
    assert line.skus == ("a100", "tea-big", "tea-gift")


def test_an_item_without_a_row_is_spelled_like_its_sku() -> None:
    assert mapped().lines[0].skus == ("a100",)


def test_a_sku_that_is_mapped_to_another_item_is_not_meant_by_its_spelling() -> None:
    assert mapped(items={"A100": "B200", "TEA": "A100"}).lines[0].skus == ("tea",)


def test_a_warehouse_is_the_one_place_that_is_mapped_to_it() -> None:
    assert mapped(locations={"55": "WH", "56": "OTHER"}).location_key == "55"
    assert mapped(locations={"55": "WH", "56": "WH"}).location_key is None
    assert mapped(locations={"*": "WH"}).location_key is None


def test_a_carrier_has_the_stores_name_or_keeps_its_own() -> None:
    assert mapped(carriers={"01": "DHL Express"}).tracking.carrier == "DHL Express"
    assert mapped().tracking.carrier == "01"


def test_lines_of_nothing_are_left_out() -> None:
    empty = replace(SHIPMENT, lines=(*SHIPMENT.lines, ShipmentLine(item="B", quantity=0)))
    assert len(mapped(empty).lines) == 1


@pytest.mark.parametrize(("policy", "told"), [(Policy.SEND, True), (Policy.SKIP, False)])
def test_the_buyer_is_told_where_the_merchant_wants_it(policy: Policy, told: bool) -> None:
    assert mapped(options=replace(Options(), shipping_mail=policy)).notify is told


def test_its_key_names_the_store_of_its_order() -> None:
    assert mapped().external_id == "shipment-goods-7"


@pytest.mark.parametrize("store", ["goods", "my-shop.myshopify.com", "a_b"])
def test_a_key_can_be_taken_apart_again(store: str) -> None:
    assert parts_of(external_id(kind="order", store=store, key="1001")) == ("order", store, "1001")


def test_a_key_of_somebody_elses_making_has_no_parts() -> None:
    assert parts_of("SO1001") is None
    assert parts_of("a-b-c-d") is None
