"""What a plan says of one level, what it costs, and when it is too strange to be written without a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ids import StoreKey
from app.domain.inventory import LevelKey, LevelSeen, StockMode
from app.domain.stock_guard import Concern, Counted, Limits, concerns
from app.domain.stock_plan import PlanCounts, Verdict, seconds_for, verdict
from app.domain.stock_target import Target

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = LevelKey(item=StoreKey("1"), location=StoreKey("2"))


def said(
    new: int, shown: int | None, *, only_lower: bool = False, first: bool = False, newer: float | None = None
) -> Verdict:
    known = None if shown is None else LevelSeen(key=KEY, available=shown, at=AT)
    return verdict(
        Target(quantity=new, observed_at=AT),
        known,
        mode=StockMode.AVAILABLE,
        newer_than=None if newer is None else AT + timedelta(seconds=newer),
        only_lower=only_lower,
        first=first,
    )


def test_only_a_level_that_differs_is_written() -> None:
    assert (said(5, 5), said(5, 6), said(5, 4)) == (Verdict.UNCHANGED, Verdict.WRITE, Verdict.WRITE)


def test_while_orders_are_stuck_stock_is_only_lowered() -> None:
    assert (said(5, 6, only_lower=True), said(5, 4, only_lower=True)) == (Verdict.WRITE, Verdict.DEFERRED)


def test_an_older_observation_never_replaces_a_newer_one() -> None:
    assert (said(5, 6, newer=1), said(5, 6, newer=-1)) == (Verdict.OUTDATED, Verdict.WRITE)


def test_a_level_nobody_knows_is_written_on_an_approved_first_load_alone() -> None:
    assert (said(5, None), said(5, None, first=True)) == (Verdict.UNSTOCKED, Verdict.WRITE)
    assert said(5, None, first=True, only_lower=True) is Verdict.UNSTOCKED


def test_an_on_hand_quantity_that_was_not_told_is_not_guessed() -> None:
    known = LevelSeen(key=KEY, available=4, at=AT)
    target = Target(quantity=5, observed_at=AT)
    found = verdict(target, known, mode=StockMode.ON_HAND, newer_than=None, only_lower=False, first=False)
    assert found is Verdict.UNSTOCKED


@given(st.integers(0, 50), st.integers(0, 50))
def test_decrease_only_never_lets_a_level_rise(new: int, shown: int) -> None:
    written = said(new, shown, only_lower=True) is Verdict.WRITE
    assert written == (new < shown)


@pytest.mark.parametrize(
    ("counted", "found"),
    [
        (Counted(levels=1000, zeroed=50, changed=200, rows=950, rows_before=1000), []),
        (Counted(levels=1000, zeroed=51), [Concern.ZEROED]),
        (Counted(levels=1000, changed=201), [Concern.CHANGED]),
        (Counted(levels=1000, rows=899, rows_before=1000), [Concern.FEWER_ROWS]),
        (Counted(levels=1000, rows=0, rows_before=1000), [Concern.NOTHING_READ]),
        (Counted(levels=1000, rows=500, rows_before=1000), [Concern.FEWER_ROWS]),
        (Counted(levels=1000, zeroed=1000, changed=1000, rows=1000), [Concern.ZEROED, Concern.CHANGED]),
        (Counted(levels=1000, first=True), [Concern.FIRST]),
        (Counted(levels=10, zeroed=1, changed=1), []),
        (Counted(levels=2, zeroed=2, changed=2), [Concern.ZEROED, Concern.CHANGED]),
    ],
)
def test_the_guard_asks_when_too_much_would_change(counted: Counted, found: list[Concern]) -> None:
    assert concerns(counted, Limits()) == found


def test_the_price_of_a_plan_is_four_calls_and_forty_points_for_a_thousand_levels() -> None:
    assert [(PlanCounts(changed=n).calls, PlanCounts(changed=n).points) for n in (0, 1, 250, 1000, 1001)] == [
        (0, 0),
        (1, 10),
        (1, 10),
        (4, 40),
        (5, 50),
    ]


def test_the_time_of_a_plan_is_what_the_bucket_must_still_restore() -> None:
    assert seconds_for(4_000, rate=100, at_hand=0) == 40
    assert seconds_for(40, rate=100, at_hand=1_600) == 0
