"""The hosts bench can fail: each demand is judged apart, and its shares and counts are what they say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.hosts.judging import Row, Sample, failures, per_order, used

GOOD = Row(
    erp="netsuite",
    plain={"find": 2.0, "create": 1.0},
    posted={"find": 4.0, "create": 1.0, "invoice": 1.0},
    lists={"stock": 1.0, "prices": 2.0},
    allowed=10,
    used=0.93,
    over_limit=0,
    missing=0,
)


def test_an_erp_that_keeps_to_everything_is_in_order() -> None:
    assert failures([GOOD, replace(GOOD, erp="rest", plain={"find": 40.0})]) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"plain": {"find": 3.5, "create": 1.0}}, "netsuite: 4.50 calls for an order; 4 are allowed"),
        ({"lists": {"stock": 3.0}}, "netsuite: 3 calls for 1,000 items (stock); 2 are allowed"),
        ({"used": 0.5}, "netsuite: 50% of 10 calls at once were used; 90% are demanded"),
        ({"over_limit": 2}, "netsuite: 2 calls were over its limits"),
        ({"missing": 1}, "netsuite: 1 orders have no document"),
    ],
)
def test_each_demand_is_judged_apart(changed: dict[str, object], said: str) -> None:
    assert failures([replace(GOOD, **changed)]) == [said]  # type: ignore[arg-type]


def test_what_is_used_is_counted_while_there_is_a_backlog() -> None:
    """Ten seconds: four calls at once from the first on, and a long wait before and after."""
    slow = [Sample(at=float(at), calls=0, busy=0.0) for at in range(5)]
    rush = [Sample(at=5.0 + at, calls=at * 10, busy=at * 4.0) for at in range(11)]
    over = [Sample(at=16.0 + at, calls=100, busy=40.0) for at in range(5)]
    assert used([*slow, *rush, *over], 5) == pytest.approx(0.8)


def test_signing_in_is_no_orders_call() -> None:
    before, after = {"find": 10, "token": 1}, {"find": 30, "create": 10, "token": 3}
    assert per_order(before, after, 10) == {"find": 2.0, "create": 1.0}
