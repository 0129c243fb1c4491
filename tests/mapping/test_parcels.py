"""A parcel in the ERP's codes: items as they were sold, the carriers table read backwards, gift cards left out."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.order import LineKind
from app.domain.parcel import Parcel, ShipmentDocument
from app.domain.shipment import Tracking
from app.mapping import options, parcels, tables
from app.mapping.documents import Held
from tests.fakes.parcels import parcel, sent_line


def mapped(of: Parcel | None = None, **stored: dict[str, str]) -> ShipmentDocument:
    made = shipment(of, **stored)
    assert isinstance(made, ShipmentDocument)
    return made


def shipment(of: Parcel | None = None, **stored: dict[str, str]) -> ShipmentDocument | Held:
    return parcels.shipment(of or parcel(), tables=tables.of(1, stored), options=options.of({}))


def test_its_keys_are_its_own_and_its_orders() -> None:
    made = mapped()
    assert (made.external_id, made.order_external_id) == ("parcel-goods-801", "order-goods-1001")
    assert (made.reference, made.order_reference) == ("#1001-F1", "#1001")


def test_a_line_keeps_the_stores_key_and_has_the_erps_item() -> None:
    (line,) = mapped(items={"TEA": "10-TEA"}).lines
    assert (line.line_key, line.item, line.quantity, line.physical) == ("l-TEA", "10-TEA", 1, True)
    (line,) = mapped().lines
    assert line.item == "TEA"


def test_gift_cards_and_tips_are_money_and_downloads_are_no_goods_of_a_warehouse() -> None:
    made = mapped(
        parcel(
            sent_line("CARD", kind=LineKind.GIFT_CARD),
            sent_line("TIP", kind=LineKind.TIP),
            sent_line("FILE", requires_shipping=False),
        )
    )
    assert [(line.item, line.physical) for line in made.lines] == [("FILE", False)]


def test_a_line_without_an_item_is_held_with_what_is_missing() -> None:
    made = shipment(parcel(sent_line(None), sent_line("TEA")))
    assert isinstance(made, Held)
    assert [reason.code for reason in made.reasons] == ["item.no_sku"]


def test_the_place_is_the_warehouse_that_is_mapped_to_it() -> None:
    assert mapped(locations={"L1": "WH-7"}).warehouse == "WH-7"
    assert mapped().warehouse is None


@pytest.mark.parametrize(
    ("carriers", "told", "known"),
    [
        ({"Dhl-01": "DHL Express"}, "dhl express", "Dhl-01"),
        ({"Dhl-01": "DHL Express"}, "UPS", "UPS"),
        ({"A": "DHL Express", "B": "DHL Express"}, "DHL Express", "DHL Express"),
        ({"A": "DHL Express", "DHL EXPRESS": "DHL Express"}, "DHL Express", "DHL EXPRESS"),
        ({"*": "DHL Express"}, "DHL Express", "DHL Express"),
    ],
)
def test_a_carrier_is_called_what_the_erp_calls_it(carriers: dict[str, str], told: str, known: str) -> None:
    made = mapped(parcel(tracking=Tracking(numbers=("T1",), carrier=told, urls=("u",))), carriers=carriers)
    assert made.tracking == Tracking(numbers=("T1",), carrier=known, urls=("u",))


def test_no_carrier_stays_none() -> None:
    nobody: dict[str, Any] = {"carriers": {"A": "B"}}
    assert mapped(parcel(tracking=Tracking()), **nobody).tracking == Tracking()
