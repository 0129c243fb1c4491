"""Two items of one SKU are no two readings of one level, and a row that is told twice is no second item."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from app.domain.inventory import StockReading, told_once

AT = datetime(2026, 1, 1, tzinfo=UTC)


def reading(free: int, own: str = "", *, item: str = "TEA", warehouse: str = "WH") -> StockReading:
    return StockReading(warehouse=warehouse, item=item, observed_at=AT, available=Decimal(free), own=own)


def test_two_items_of_one_sku_are_several_however_alike_they_are() -> None:
    (told,) = told_once([reading(5, "1"), reading(5, "2"), reading(5, "1")])
    assert told.several


def test_a_row_that_is_told_again_is_the_same_item() -> None:
    (told,) = told_once([reading(5, "1"), reading(4, "1")])
    assert (told.several, told.available) == (False, Decimal(4))
    (plain,) = told_once([reading(5), reading(5)])
    assert not plain.several


def test_without_the_items_own_id_rows_that_differ_are_several() -> None:
    (told,) = told_once([reading(5), reading(4)])
    assert told.several


def test_each_warehouse_and_item_has_its_own() -> None:
    told = told_once([reading(5, "1"), reading(4, "1", warehouse="B"), reading(3, "2", item="CUP")])
    assert [each.several for each in told] == [False, False, False]
