"""Silence is judged by a shop's own weeks: a busy one in minutes, a small one in days, a new or closed one never."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.alert_rules import Sensitivity
from app.domain.silence import Silence, unusual

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 9, 7, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


def poisson(luck: random.Random, mean: float) -> int:
    if mean > 50:
        return max(0, round(luck.gauss(mean, math.sqrt(mean))))
    count, product, bound = 0, luck.random(), math.exp(-mean)
    while product > bound:
        count, product = count + 1, product * luck.random()
    return count


def by_day(hour: datetime, rate: float) -> float:
    """Open from 8 to 20 on the shop's clock, closed on Sundays."""
    local = hour.astimezone(BERLIN)
    return rate if 8 <= local.hour < 20 and local.weekday() < 6 else 0.0


def weeks(rate: float, count: float = 6, seed: int = 1) -> dict[datetime, int]:
    luck = random.Random(seed)
    hours = [MONDAY + n * HOUR for n in range(int(count * 168))]
    return {hour: poisson(luck, by_day(hour, rate)) for hour in hours}


def judged(
    counts: dict[datetime, int], since: datetime, lasting: timedelta, **more: Sensitivity
) -> Silence | None:
    sensitivity = more.get("sensitivity", Sensitivity.NORMAL)
    past = {hour: count for hour, count in counts.items() if hour < since}
    return unusual(past, last=since, now=since + lasting, zone=BERLIN, sensitivity=sensitivity)


TUESDAY = MONDAY + 6 * WEEK + timedelta(days=1, hours=8)


def test_a_busy_shop_is_missed_within_the_hour() -> None:
    assert judged(weeks(200), TUESDAY, timedelta(minutes=29)) is None
    found = judged(weeks(200), TUESDAY, timedelta(minutes=31))
    assert found is not None
    assert 70 < found.expected < 130


def test_a_shop_of_one_order_an_hour_is_missed_within_the_day() -> None:
    counts = weeks(1)
    assert judged(counts, TUESDAY, 4 * HOUR) is None
    # Tuesday and Wednesday by day: about 24 expected orders.
    assert judged(counts, TUESDAY, 34 * HOUR) is not None


def test_closed_hours_are_no_silence() -> None:
    counts = weeks(20, 6)
    saturday = MONDAY + 5 * WEEK + timedelta(days=5, hours=17, minutes=59)
    assert judged(counts, saturday, timedelta(hours=36)) is None
    assert judged(counts, saturday, timedelta(hours=42)) is not None


@pytest.mark.parametrize("count", [0.0, 0.5, 1.9])
def test_a_shop_that_is_too_new_is_not_judged(count: float) -> None:
    since = MONDAY + count * WEEK + timedelta(hours=9)
    assert judged(weeks(50, 3), since, timedelta(hours=8)) is None


def test_a_shop_of_a_handful_of_orders_is_not_judged() -> None:
    counts = {MONDAY + n * WEEK: 1 for n in range(6)}
    assert judged(counts, MONDAY + 5 * WEEK + HOUR, 6 * WEEK) is None


def test_one_great_sale_makes_no_later_week_look_silent() -> None:
    counts = weeks(0.2)
    for n in range(12):
        counts[MONDAY + 3 * WEEK + timedelta(days=1, hours=6 + n)] = 900
    assert judged(counts, TUESDAY - 2 * HOUR, 8 * HOUR) is None


def test_a_past_outage_does_not_hide_the_next_one() -> None:
    counts = weeks(20)
    for n in range(30):
        counts[MONDAY + 4 * WEEK + timedelta(days=2) + n * HOUR] = 0
    assert judged(counts, TUESDAY, 3 * HOUR) is not None


def test_orders_in_bursts_need_a_longer_silence() -> None:
    counts = {hour: (60 if hour.hour % 6 == 0 else 0) for hour in weeks(1)}
    for n in range(0, 6 * 168, 54):
        counts[MONDAY + n * HOUR] = 0
    since = TUESDAY + timedelta(hours=4, minutes=59)
    assert judged(counts, since, 6 * HOUR + timedelta(minutes=10)) is None
    assert judged(counts, since, 26 * HOUR) is not None


def test_a_keener_rule_speaks_sooner() -> None:
    counts = weeks(3)
    spoken = {
        kind: next(n for n in range(1, 60) if judged(counts, TUESDAY, n * HOUR / 2, sensitivity=kind))
        for kind in Sensitivity
    }
    assert spoken[Sensitivity.KEEN] <= spoken[Sensitivity.NORMAL] <= spoken[Sensitivity.RELAXED]
    assert spoken[Sensitivity.KEEN] < spoken[Sensitivity.RELAXED]


@pytest.mark.parametrize("rate", [0.5, 5, 50])
def test_shops_where_nothing_is_wrong_are_left_alone(rate: float) -> None:
    """Hours of the last two weeks of eight, for six shops: as seldom as chance has it."""
    false = 0
    for seed in range(6):
        counts = weeks(rate, 8, seed)
        hours = [hour for hour in counts if hour >= MONDAY + 6 * WEEK]
        orders = [hour for hour, count in counts.items() if count]
        for hour in hours[::11]:
            last = max(each for each in orders if each < hour) + timedelta(minutes=59)
            past = {each: count for each, count in counts.items() if each < hour}
            false += (
                unusual(past, last=last, now=hour, zone=BERLIN, sensitivity=Sensitivity.NORMAL) is not None
            )
    assert false <= 1


def test_summer_time_does_not_shift_the_opening_hours() -> None:
    """The clocks go back on 25 October: what was nine o'clock in UTC is ten now."""
    counts = weeks(20, 8)
    after = datetime(2026, 10, 26, 7, 0, tzinfo=UTC)  # eight o'clock in Berlin, the shop opens
    last = datetime(2026, 10, 24, 17, 59, tzinfo=UTC)
    assert judged(counts, last, after - last) is None
