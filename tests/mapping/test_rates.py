"""Exchange rates: the newest of a day that is not too old, exactly as it was entered; and files of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.errors import Rejected, Verdict
from app.mapping import rate_csv, rates
from app.mapping.rates import Rate

TODAY = date(2026, 11, 21)


def rate(day: int, number: str, *, good_for: int = 3, target: str = "EUR") -> Rate:
    return Rate(source="USD", target=target, rate=Decimal(number), day=date(2026, 11, day), good_for=good_for)


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def test_the_newest_rate_up_to_the_day_counts() -> None:
    known = rates.of([rate(10, "0.9"), rate(14, "0.95"), rate(12, "0.123456789012")])
    assert known.on("USD", "EUR", at(10, 0)).rate == Decimal("0.9")
    assert known.on("USD", "EUR", at(13)).rate == Decimal("0.123456789012")
    assert known.on("USD", "EUR", at(14, 23)).rate == Decimal("0.95")


def test_a_rate_that_is_kept_the_other_way_round_is_divided_by_and_not_turned() -> None:
    turned = Rate(source="USD", target="EUR", rate=Decimal(1), per=Decimal("1.1"), day=TODAY)
    assert turned.of(Decimal(110)) == 100
    assert f"{turned.of(Decimal(110)):f}" == "100"
    third = Rate(source="USD", target="EUR", rate=Decimal(1), per=Decimal(3), day=TODAY)
    assert third.of(Decimal(100)) == Decimal("33.333333333333")
    assert third.of(Decimal(-200)) == Decimal("-66.666666666667")
    both = Rate(source="USD", target="GBP", rate=Decimal("0.85"), per=Decimal("1.0845"), day=TODAY)
    assert both.of(Decimal("1084.5")) == 850
    # Nothing is rounded where nothing is divided, however many digits.
    long = Rate(source="USD", target="EUR", rate=Decimal("0.123456789012"), day=TODAY)
    assert long.of(Decimal("0.000000000001")) == Decimal("0.000000000000123456789012")


@pytest.mark.parametrize(
    "more",
    [
        {"rate": Decimal(0)},
        {"rate": Decimal(-1)},
        {"rate": Decimal("Infinity")},
        {"per": Decimal(0)},
        {"per": Decimal("NaN")},
        {"rate": Decimal("1e40")},
        {"rate": Decimal("1." + "1" * 40)},
        {"source": "EUR"},
        {"source": "usd"},
        {"source": "US\n"},
        {"source": ""},
    ],
)
def test_what_is_no_rate_is_seen_to_be_none(more: dict[str, Any]) -> None:
    good = rate(10, "0.9")
    assert rates.meant(good)
    assert not rates.meant(replace(good, **more))


def test_the_day_is_the_one_in_utc_wherever_the_order_was_placed() -> None:
    known = rates.of([rate(10, "0.9"), rate(11, "0.8")])
    late = datetime.fromisoformat("2026-11-10T23:30:00-05:00")
    assert known.on("USD", "EUR", late).rate == Decimal("0.8")


def test_a_rate_is_good_for_so_many_days_and_no_longer() -> None:
    known = rates.of([rate(10, "0.9", good_for=3)])
    assert known.on("USD", "EUR", at(13, 23)).day == date(2026, 11, 10)
    with pytest.raises(Rejected) as stale:
        known.on("USD", "EUR", at(14, 0))
    assert (stale.value.code, stale.value.verdict) == ("rule.rate_stale", Verdict.NEEDS_MAPPING)
    assert stale.value.facts == {"from": "USD", "to": "EUR", "day": "2026-11-14", "rate_day": "2026-11-10"}


@pytest.mark.parametrize(
    ("source", "target", "day"), [("USD", "EUR", 9), ("EUR", "USD", 12), ("USD", "CHF", 12)]
)
def test_nothing_is_derived_from_another_day_or_pair(source: str, target: str, day: int) -> None:
    with pytest.raises(Rejected) as missing:
        rates.of([rate(10, "0.9")]).on(source, target, at(day))
    assert missing.value.code == "rule.no_rate"


def test_one_currency_is_worth_itself() -> None:
    assert rates.NONE.on("EUR", "EUR", at(1)).rate == 1


def test_a_file_of_rates_is_read_exactly() -> None:
    sheet = rate_csv.read(
        "date;from;to;rate;days\n2026-11-20;usd;EUR;0.8612345678;\n2026-11-21;USD;EUR;0.87;1\n", today=TODAY
    )
    assert sheet.faults == []
    assert sheet.rates == [rate(20, "0.8612345678", good_for=7), rate(21, "0.87", good_for=1)]


def test_each_line_that_is_no_rate_is_named() -> None:
    lines = [
        "USD,EUR,0.9,2026-11-20",
        "USD,EUR,0.91,2026-11-20",
        "DOLLAR,EUR,0.9,2026-11-20",
        "EUR,EUR,1,2026-11-20",
        'USD,EUR,"0,9",2026-11-19',
        "USD,EUR,0,2026-11-18",
        "USD,EUR,-1,2026-11-18",
        "USD,EUR,NaN,2026-11-18",
        "USD,EUR,1e5,2026-11-18",
        "USD,EUR,0.9,20.11.2026",
        "USD,EUR,0.9,2026-12-24",
        "USD,EUR,0.9",
    ]
    sheet = rate_csv.read("from,to,rate,date\n" + "\n".join(lines), today=TODAY)
    assert [fault.line for fault in sheet.faults] == list(range(3, 14))
    assert len(rate_csv.read("from,to,rate,date,days\nUSD,EUR,1,2026-11-20,999\n", today=TODAY).faults) == 1


@pytest.mark.parametrize(
    "text", ["", "from,to,rate\n", "from,to,rate,date,note\n", "from,to,rate,date,date\n"]
)
def test_a_file_without_its_columns_is_refused(text: str) -> None:
    assert [fault.line for fault in rate_csv.read(text, today=TODAY).faults] == [1]
