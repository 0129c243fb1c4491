"""When a flow runs next: presets, expressions that can't be meant, and local time across every change of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.cadence import PRESETS, Cron, Every, cadence, gap, next_after, preset_of, stored
from app.errors import Refused

BERLIN = "Europe/Berlin"
ZONES = (
    BERLIN, "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo",
    "America/Santiago", "Pacific/Apia", "Asia/Tehran", "Europe/Dublin", "UTC",
)  # fmt: skip
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
AFTER = st.integers(0, 5 * 365 * 86_400).map(lambda seconds: FIRST + timedelta(seconds=seconds))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def local(expression: str, after: str, zone: str = BERLIN) -> str:
    found = next_after(cadence(expression), at(after), zone=zone)
    return found.astimezone(ZoneInfo(zone)).isoformat()


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_known_by_its_name_and_kept_as_itself(name: str) -> None:
    kept = stored(cadence(name))
    assert cadence(kept) == cadence(name)
    assert preset_of(cadence(kept)) == name


def test_presets_mean_what_they_say() -> None:
    monday = "2026-06-01T10:20:30+00:00"
    assert next_after(cadence("every_5_minutes"), at(monday), zone=None) == at("2026-06-01T10:25:30+00:00")
    assert local("hourly", monday) == "2026-06-01T13:00:00+02:00"
    assert local("daily_at_midnight", monday) == "2026-06-02T00:00:00+02:00"
    assert local("daily_at_9", monday) == "2026-06-02T09:00:00+02:00"
    friday = "2026-06-05T10:00:00+00:00"
    assert local("weekdays_at_9", friday) == "2026-06-08T09:00:00+02:00"


def test_a_local_time_that_the_clocks_jump_over_comes_once_right_after_the_jump() -> None:
    assert local("30 2 * * *", "2026-03-28T12:00:00+00:00") == "2026-03-29T03:00:00+02:00"
    assert local("30 2 * * *", "2026-03-29T01:00:00+00:00") == "2026-03-30T02:30:00+02:00"
    # Both of these were jumped over: together they come once.
    assert local("15,45 2 * * *", "2026-03-29T01:00:00+00:00") == "2026-03-30T02:15:00+02:00"


def test_a_local_time_that_comes_twice_runs_once() -> None:
    first = "2026-10-25T02:30:00+02:00"
    assert local("30 2 * * *", "2026-10-24T12:00:00+00:00") == first
    assert local("30 2 * * *", first) == "2026-10-26T02:30:00+01:00"
    # Asked in the second pass of that hour, before its half: the first pass was the one that counts.
    assert local("30 2 * * *", "2026-10-25T02:10:00+01:00") == "2026-10-26T02:30:00+01:00"


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("", "five fields"),
        ("* * * *", "five fields"),
        ("0 0 9 * * 1", "five fields"),
        ("61 * * * *", "minute"),
        ("0 24 * * *", "hour"),
        ("0 9 0 * *", "day of month"),
        ("0 9 * 13 *", "month"),
        ("0 9 * * MOO", "day of week"),
        ("*/0 * * * *", "minute"),
        ("@every 0", "above zero"),
        ("@every soon", "above zero"),
        ("@daily", "above zero"),
        ("1," * 200 + "1 * * * *", "five fields"),
    ],
)
def test_what_can_not_be_meant_is_refused_with_the_field_that_is_wrong(said: str, word: str) -> None:
    with pytest.raises(Refused) as refused:
        cadence(said)
    assert refused.value.code == "cadence.malformed"
    assert word in refused.value.sentence


@pytest.mark.parametrize("said", ["0 0 30 2 *", "0 0 31 4,6,9,11 *"])
def test_a_day_that_no_year_has_is_refused(said: str) -> None:
    with pytest.raises(Refused) as refused:
        cadence(said)
    assert refused.value.code == "cadence.never"


def test_a_zone_nobody_knows_is_utc() -> None:
    for zone in (None, "", "Mars/Olympus", "../../etc/passwd"):
        assert next_after(cadence("0 9 * * *"), at("2026-06-01T08:59:59+00:00"), zone=zone) == at(
            "2026-06-01T09:00:00+00:00"
        )


@given(st.sampled_from(ZONES), st.integers(0, 59), st.integers(0, 23), st.integers(2024, 2028))
@settings(max_examples=25, deadline=None)
def test_a_daily_time_comes_on_every_local_day_exactly_once(
    zone: str, minute: int, hour: int, year: int
) -> None:
    """A whole year across both changes of the clocks; a day that a country skipped is skipped."""
    daily, place = Cron(expression=f"{minute} {hour} * * *"), ZoneInfo(zone)
    now, found = datetime(year, 1, 1, tzinfo=place).astimezone(UTC) - timedelta(seconds=1), []
    while now.astimezone(place).year <= year:
        now = next_after(daily, now, zone=zone)
        found.append(now)
    days = [each.astimezone(place).date() for each in found]
    assert len(set(days)) == len(days)
    assert set(days) >= {date(year, 1, 1) + timedelta(days=n) for n in range(365)}


@given(
    st.sampled_from(ZONES), AFTER, st.sampled_from(["*/15 * * * *", "7 * * * *", "30 2 * * *", "0 9 * * 1-5"])
)
@settings(max_examples=150, deadline=None)
def test_the_next_instant_is_later_fits_and_has_nothing_before_it(
    zone: str, after: datetime, expression: str
) -> None:
    wanted = cadence(expression)
    found = next_after(wanted, after, zone=zone)
    assert found > after
    assert found.second == found.microsecond == 0
    # Whoever asks a moment earlier is told the same: nothing lies between.
    between = after + (found - after) / 2
    assert next_after(wanted, between, zone=zone) == found
    shown = found.astimezone(ZoneInfo(zone))
    before = (found - timedelta(minutes=1)).astimezone(ZoneInfo(zone))
    jumped = shown.utcoffset() != before.utcoffset()
    assert jumped or _fits(expression, shown)


def _fits(expression: str, shown: datetime) -> bool:
    minute, hour, _, _, day = expression.split()
    minutes = range(0, 60, 15) if minute == "*/15" else [int(minute)]
    hours = range(24) if hour == "*" else [int(hour)]
    return shown.minute in minutes and shown.hour in hours and (day == "*" or shown.weekday() < 5)


@given(st.sampled_from(ZONES), AFTER)
@settings(max_examples=40, deadline=None)
def test_whoever_was_away_for_long_is_told_an_instant_that_lies_ahead(zone: str, after: datetime) -> None:
    instants = [after]
    for _ in range(5):
        instants.append(next_after(cadence("15 */6 * * *"), instants[-1], zone=zone))
    assert all(one < other for one, other in pairwise(instants))


def test_how_long_it_is_from_one_to_the_next() -> None:
    now = at("2026-06-01T10:20:30+00:00")
    assert gap(Every(gap=timedelta(seconds=0.2)), now, zone=None) == timedelta(seconds=0.2)
    assert gap(cadence("daily_at_9"), now, zone=BERLIN) == timedelta(days=1)
