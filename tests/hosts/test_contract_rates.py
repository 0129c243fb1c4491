"""What every ERP that tells exchange rates keeps: as it has them, both ways, of the days asked for and later, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.domain.exchange import Quote
from app.mapping.rates import Rate
from app.ports import Host, RateSource
from tests.hosts.rig import HostUnderTest

FROM = date(2091, 3, 1)
"""Far from any day by which documents are converted meanwhile."""
AMOUNT = Decimal(100)


@pytest.fixture
def rates(host: Host) -> RateSource:
    if not hasattr(host.rates, "page"):
        pytest.skip("this ERP does not tell")
    return host.rates


async def listed(source: RateSource, since: date) -> Mapping[tuple[date, str, str], Quote]:
    found: dict[tuple[date, str, str], Quote] = {}
    cursor: str | None = None
    for _ in range(100):
        page = await source.page(since, cursor)
        for each in page.quotes:
            assert (each.day, each.source, each.target) not in found, "a pair has one rate a day"
            found[each.day, each.source, each.target] = each
        if page.next is None:
            return found
        cursor = page.next
    raise AssertionError("it never ends")


def converted(quote: Quote) -> Decimal:
    rate = Rate(source=quote.source, target=quote.target, rate=quote.rate, day=quote.day, per=quote.per)
    return rate.of(AMOUNT)


async def test_a_rate_is_told_exactly_and_both_ways_as_the_erp_converts(
    under: HostUnderTest, rates: RateSource
) -> None:
    await under.quotes([(FROM, "USD", "1.084512")])
    await under.quotes([(FROM, "JPY", "161.37")])
    found = await listed(rates, FROM)
    there, back = found[FROM, "EUR", "USD"], found[FROM, "USD", "EUR"]
    assert (there.rate / there.per, converted(there)) == (Decimal("1.084512"), Decimal("108.4512"))
    assert back.rate * Decimal("1.084512") == back.per
    assert converted(back) == Decimal("92.207370688383")
    assert converted(found[FROM, "JPY", "EUR"]) == Decimal("0.619693871228")
    assert (FROM, "USD", "JPY") not in found, "nothing is put together from others"


async def test_only_the_days_asked_for_and_later_are_told_and_a_rate_that_is_put_right_is_told_so(
    under: HostUnderTest, rates: RateSource
) -> None:
    days = [FROM + timedelta(days=n) for n in range(10, 13)]
    for day in days:
        await under.quotes([(day, "GBP", "0.85")])
    found = await listed(rates, days[1])
    assert {day for day, source, _ in found if source == "GBP"} == set(days[1:])
    await under.quotes([(days[2], "GBP", "0.86")])
    again = await listed(rates, days[2])
    assert again[days[2], "EUR", "GBP"].rate == Decimal("0.86")


async def test_many_rates_come_in_pages_and_each_once(under: HostUnderTest, rates: RateSource) -> None:
    since = FROM + timedelta(days=100)
    days = [since + timedelta(days=n) for n in range(220)]
    await under.quotes([(day, "KWD", f"0.3{n:03}") for n, day in enumerate(days)])
    found = await listed(rates, since)
    told = {day: quote.rate for (day, source, target), quote in found.items() if target == "KWD"}
    assert told == {day: Decimal(f"0.3{n:03}") for n, day in enumerate(days)}
