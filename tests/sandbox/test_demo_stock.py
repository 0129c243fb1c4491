"""The judge of the demo's stock: a wrong level, a sale that we made possible, and one that we did not, are told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from sandbox.demo.levels import READING_SECONDS, Change, Known, Level, Move, Scene, StockVerdict, judge_stock

HERE, ELSEWHERE = 1, 2
MUG = 7
LATE = 1000.0


def app(before: int, after: int, *, at: float = LATE, location: int = HERE) -> list[Change]:
    return [row("available", before, after, "app", at=at, location=location)]


def sold(order: str, units: int, level: int, *, at: float = LATE, location: int = HERE) -> list[Change]:
    """An order takes (below zero: gives back) so many of what the level shows."""
    more = {"at": at, "location": location, "reference": order}
    return [
        row("available", level, level - units, "order", **more),
        row("committed", 0, units, "order", **more),
    ]


def row(name: str, before: int, after: int, by: str, **more: Any) -> Change:
    whole = {"at": LATE, "location": HERE} | more
    return Change(item=MUG, name=name, before=before, after=after, by=by, **whole)


def judged(
    *book: Sequence[Change],
    shows: int,
    free: int | None = 10,
    began: int = 10,
    moves: Sequence[Move] = (),
    orders: Mapping[str, Known] | None = None,
) -> StockVerdict:
    return judge_stock(
        Scene(
            location=HERE,
            levels=[
                Level(sku="MUG", item=MUG, location=HERE, available=shows),
                Level(sku="MUG", item=MUG, location=ELSEWHERE, available=99),
            ],
            book=[change for part in book for change in part],
            began={"MUG": Decimal(began)},
            free={} if free is None else {"MUG": Decimal(free)},
            moves=moves,
            orders=orders or {},
        )
    )


def moved(units: int, *, at: float) -> list[Move]:
    return [Move(sku="MUG", units=units, began=at, ended=at)]


def booked(units: int) -> Known:
    return Known(booked={"MUG": Decimal(units)})


# --- in the end --------------------------------------------------------------------------------------------------------


def test_a_level_that_shows_what_the_erp_has_is_right() -> None:
    verdict = judged(app(4, 10), shows=10)
    assert (verdict.levels_compared, verdict.levels_changed, verdict.levels_wrong) == (1, 1, 0)
    assert verdict.clean


@pytest.mark.parametrize("shows", [9, 11])
def test_a_level_that_shows_anything_else_is_wrong(shows: int) -> None:
    verdict = judged(app(4, 10), shows=shows)
    assert (verdict.levels_wrong, verdict.clean) == (1, False)
    assert verdict.wrong[0]["rule"] == 10


def test_units_that_no_document_holds_are_taken_off() -> None:
    book = (app(12, 10), sold("a", 3, 10))
    assert judged(*book, shows=7).levels_wrong == 0
    assert judged(*book, shows=10).levels_wrong == 1
    assert judged(*book, shows=7, free=7, orders={"a": booked(3)}).levels_wrong == 0


def test_units_that_an_edit_added_to_a_booked_order_are_taken_off_too() -> None:
    book = (app(12, 10), sold("a", 3, 10), sold("a", 4, 7))
    assert judged(*book, shows=3, free=7, orders={"a": booked(3)}).levels_wrong == 0
    assert judged(*book, shows=7, free=7, orders={"a": booked(3)}).levels_wrong == 1


def test_an_order_that_is_no_sale_takes_nothing() -> None:
    book = (sold("test", 3, 10), app(7, 10))
    assert judged(*book, shows=10, orders={"test": Known(counts=False)}).clean


def test_an_order_from_another_location_takes_from_the_same_warehouse() -> None:
    assert judged(app(12, 10), sold("a", 3, 99, location=ELSEWHERE), shows=7).levels_wrong == 0


def test_the_rule_never_falls_below_zero() -> None:
    assert judged(app(3, 0), shows=0, free=-4).levels_wrong == 0


def test_what_the_erp_says_nothing_of_and_what_it_does_not_feed_must_not_be_written() -> None:
    assert judged(shows=3, free=None).levels_wrong == 0
    assert judged(app(3, 0), shows=0, free=None).levels_wrong == 1
    assert judged(app(99, 10, location=ELSEWHERE), shows=10).levels_wrong == 1


def test_what_was_written_before_the_erp_ended_its_item_stands() -> None:
    verdict = judged(app(0, 10), shows=10, free=None, began=10)
    assert (verdict.levels_compared, verdict.levels_wrong) == (1, 0)
    assert judged(app(0, 9), shows=9, free=None, began=10).levels_wrong == 1


def test_a_run_that_wrote_nothing_is_not_clean() -> None:
    assert not judged(shows=10).clean
    assert not judged(app(10, 10), shows=10).clean


# --- on the way --------------------------------------------------------------------------------------------------------


def test_a_raise_that_gives_sold_units_back_and_is_bought_is_an_oversale_of_ours() -> None:
    """Ten in the ERP, ten sold, and the level set to ten again: the next two buyers get what is not there."""
    verdict = judged(
        sold("a", 10, 10), app(0, 10), sold("b", 2, 10), shows=8, free=0, orders={"a": booked(10)}
    )
    assert (verdict.oversold, verdict.clean) == (2, False)
    assert [(sale["order"], sale["units"]) for sale in verdict.oversales] == [("b", 2)]
    (told,) = verdict.stories.values()
    assert [(each["by"], each["level"], each["sold"], each["given"]) for each in told] == [
        ("order", [10, 0], 0, 0),
        ("app", [0, 10], 10, 0),
        ("order", [10, 8], 10, 10),
    ]


def test_a_wrong_raise_that_nobody_buys_from_is_no_oversale() -> None:
    verdict = judged(sold("a", 10, 10), app(0, 10), app(10, 0), shows=0, free=0, orders={"a": booked(10)})
    assert verdict.clean
    assert [change.after for change in verdict.too_high] == [10]


def test_only_the_units_beyond_the_rule_are_counted() -> None:
    assert judged(sold("a", 6, 10), app(4, 7), sold("b", 6, 7), shows=1).oversold == 2


def test_a_sale_from_a_level_that_stood_too_high_without_us_is_not_ours() -> None:
    """The shop began with more than the ERP has, or a person counted so; our writes have not come that far."""
    assert judged(sold("a", 15, 20), shows=5).oversold == 0
    person = [row("available", 10, 20, "merchant")]
    assert judged(app(9, 10), person, sold("a", 15, 20), shows=5).oversold == 0


def test_a_write_that_lowers_a_level_makes_no_oversale_possible() -> None:
    assert judged(app(20, 15), sold("a", 15, 15), shows=0).oversold == 0


def test_an_order_that_asks_for_more_than_the_level_has_is_not_ours() -> None:
    assert judged(app(4, 10), sold("a", 14, 10), shows=-4).oversold == 0


def test_what_the_erp_lost_after_it_was_asked_no_reading_can_know() -> None:
    just_before = moved(-10, at=LATE - 5)
    assert judged(app(4, 10), sold("a", 2, 10), shows=8, free=0, moves=just_before).oversold == 0
    long_before = moved(-10, at=LATE - READING_SECONDS - 5)
    assert judged(app(4, 10), sold("a", 2, 10), shows=8, free=0, moves=long_before).oversold == 2


def test_what_came_into_the_erp_may_be_sold() -> None:
    came = moved(5, at=LATE - 1)
    assert judged(app(4, 15), sold("a", 12, 15), shows=3, free=15, moves=came).oversold == 0


def test_sales_before_a_write_are_never_excused_by_how_old_its_reading_is() -> None:
    book = (sold("a", 4, 4, at=LATE - 1), app(0, 10), sold("b", 7, 10))
    assert judged(*book, shows=3).oversold == 1


def test_goods_of_a_cancelled_order_are_free_again_unless_the_erp_holds_them() -> None:
    book = (sold("a", 10, 10), sold("a", -10, 0), app(5, 10), sold("b", 10, 10))
    assert judged(*book, shows=0).oversold == 0
    assert judged(*book, shows=0, orders={"a": booked(10)}).oversold == 5


def test_units_of_one_write_are_blamed_once() -> None:
    book = (sold("a", 10, 10), app(0, 3), sold("b", 2, 3), sold("c", 1, 1), sold("d", 4, 0))
    assert judged(*book, shows=-4, free=0).oversold == 3
