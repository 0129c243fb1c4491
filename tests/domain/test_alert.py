"""One message for a cause and its cooldown, one when it is over, none in quiet hours, and never a flood."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alert import Alarm, Decision, Message, Phase, Standing, decide
from app.domain.alert_rules import AlertKind, QuietHours, Rule, Rules

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RULES = Rules()


def alarm(cause: str = "paused", **changes: object) -> Alarm:
    made = Alarm(kind=AlertKind.CRITICAL, cause=cause, sentence=f"{cause} is wrong.", since=NOON)
    return replace(made, **changes)  # type: ignore[arg-type]


class Teller:
    """Decides again and again, remembering what a database would."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.rules, self.now, self.known = rules, NOON, dict[str, Standing]()
        self.said: list[Message] = []

    def sees(self, *alarms: Alarm, after: timedelta = MINUTE) -> tuple[Message, ...]:
        self.now += after
        found: Decision = decide(alarms, self.known, self.rules, self.now)
        self.known = {each.cause: each for each in found.kept}
        self.said += found.messages
        return found.messages


def phases(messages: tuple[Message, ...]) -> list[Phase]:
    return [each.phase for each in messages]


def test_a_cause_is_told_once_however_often_it_is_seen() -> None:
    teller = Teller()
    assert phases(teller.sees(alarm())) == [Phase.ALARM]
    assert [teller.sees(alarm()) for _ in range(50)] == [()] * 50


def test_what_is_wrong_where_people_practise_stands_and_is_told_to_nobody_however_long() -> None:
    teller = Teller()
    practised = alarm("practised", practice=True, connection=UUID(int=1))
    assert [teller.sees(practised, after=HOUR) for _ in range(50)] == [()] * 50
    assert [each.cause for each in teller.known.values()] == ["practised"]
    (told,) = teller.sees(practised, alarm())
    assert (told.cause, told.count) == ("paused", 1)
    assert teller.sees(alarm(count=1)) == (), "nobody heard of it, so nobody hears that it is over"
    assert set(teller.known) == {"paused"}


def test_no_message_of_many_takes_what_is_practised_along() -> None:
    teller = Teller()
    serious = [alarm(f"cause {n}") for n in range(20)]
    practised = [alarm(f"practised {n}", practice=True, sentence=serious[n].sentence) for n in range(20)]
    (digest,) = teller.sees(*serious, *practised)
    assert (digest.phase, digest.count) == (Phase.DIGEST, 20)
    assert {each.cause for each in teller.known.values() if each.told_at} == {each.cause for each in serious}


def test_what_grows_is_told_again_after_the_cooldown_with_what_was_not_said() -> None:
    teller = Teller()
    teller.sees(alarm(count=1))
    for n in (2, 3, 4):
        assert teller.sees(alarm(count=n)) == ()
    assert teller.sees(alarm(count=4), after=30 * MINUTE) == ()
    (again,) = teller.sees(alarm(count=4), after=30 * MINUTE)
    assert (again.count, again.unsaid) == (4, 3)
    assert teller.sees(alarm(count=4), after=2 * HOUR) == ()


def test_what_stands_unchanged_is_recalled_once_a_day() -> None:
    teller = Teller()
    for _ in range(72):
        teller.sees(alarm(), after=HOUR)
    assert len(teller.said) == 3


def test_the_end_is_told_once_and_only_to_those_who_heard_of_the_beginning() -> None:
    teller = Teller()
    teller.sees(alarm())
    assert teller.sees() == ()
    assert phases(teller.sees(after=5 * MINUTE)) == [Phase.RECOVERY]
    assert teller.sees(after=MINUTE) == ()
    patient = Teller()
    patient.sees(alarm(patience=HOUR))
    assert [patient.sees(after=10 * MINUTE) for _ in range(3)] == [()] * 3
    assert patient.known == {}


def test_one_that_comes_and_goes_says_no_more_than_one_that_stays() -> None:
    teller = Teller()
    for n in range(59):
        teller.sees(*([alarm()] if n % 2 else []))
    assert phases(tuple(teller.said)) == [Phase.ALARM]
    steady = Teller(replace(RULES, calm=timedelta(0)))
    for n in range(59):
        steady.sees(*([alarm()] if n % 2 else []))
    assert phases(tuple(steady.said)) == [Phase.ALARM, Phase.RECOVERY]


def test_what_comes_back_after_the_cooldown_is_news() -> None:
    teller = Teller()
    teller.sees(alarm())
    teller.sees()
    teller.sees(after=HOUR)
    teller.sees(after=HOUR)
    assert teller.known == {}
    assert phases(teller.sees(alarm())) == [Phase.ALARM]


def test_a_thing_that_needs_patience_is_told_when_it_has_stood_so_long() -> None:
    teller = Teller()
    slow = alarm(patience=15 * MINUTE, since=NOON + MINUTE)
    assert [teller.sees(slow, after=5 * MINUTE) for _ in range(3)] == [()] * 3
    assert phases(teller.sees(slow, after=5 * MINUTE)) == [Phase.ALARM]


QUIET = Rules(zone="Europe/Berlin", quiet=QuietHours(begin=time(22), end=time(7)))


def test_quiet_hours_put_a_message_off_until_the_morning_and_let_critical_ones_pass() -> None:
    teller = Teller(QUIET)
    teller.now = datetime(2026, 11, 18, 21, 30, tzinfo=UTC)
    held = alarm("held", kind=AlertKind.HELD)
    assert [each.cause for each in teller.sees(held, alarm("paused"))] == ["paused"]
    assert teller.sees(held, alarm("paused"), after=8 * HOUR) == ()
    assert [each.cause for each in teller.sees(held, alarm("paused"), after=HOUR)] == ["held"]


def test_what_came_and_went_in_the_night_is_not_spoken_of() -> None:
    teller = Teller(QUIET)
    teller.now = datetime(2026, 11, 18, 21, 30, tzinfo=UTC)
    teller.sees(alarm("held", kind=AlertKind.HELD))
    teller.sees(after=HOUR)
    teller.sees(after=10 * HOUR)
    assert teller.said == []


def test_a_critical_kind_may_be_told_to_keep_quiet_too() -> None:
    rules = replace(QUIET, rules={**QUIET.rules, AlertKind.CRITICAL: Rule(through_quiet=False)})
    teller = Teller(rules)
    teller.now = datetime(2026, 11, 18, 22, 0, tzinfo=UTC)
    assert teller.sees(alarm()) == ()


def test_a_kind_that_is_off_says_nothing_and_is_forgotten() -> None:
    teller = Teller()
    teller.sees(alarm())
    teller.rules = replace(RULES, rules={**RULES.rules, AlertKind.CRITICAL: Rule(on=False)})
    assert teller.sees(alarm()) == ()
    assert teller.known == {}


def test_many_causes_at_once_are_said_in_one_message() -> None:
    teller = Teller()
    (digest,) = teller.sees(*(alarm(f"c{n}") for n in range(40)))
    assert (digest.phase, len(digest.lines)) == (Phase.DIGEST, 40)
    assert teller.sees(*(alarm(f"c{n}") for n in range(40))) == ()


def test_causes_that_trickle_in_do_not_make_a_flood_and_none_is_lost() -> None:
    teller = Teller()
    for n in range(1, 121):
        teller.sees(*(alarm(f"c{m}") for m in range(n)))
    assert len(teller.said) <= 5 + 5 * 2
    teller.sees(*(alarm(f"c{m}") for m in range(120)), after=HOUR)
    told = {line for each in teller.said for line in each.lines or (each.sentence,)}
    assert told == {f"c{n} is wrong." for n in range(120)}


@given(st.lists(st.sets(st.sampled_from("abcdefgh")), max_size=120), st.integers(1, 90))
def test_no_cause_is_ever_told_twice_within_its_cooldown(seen: list[set[str]], minutes: int) -> None:
    teller, told = Teller(), dict[str, datetime]()
    for names in seen:
        for message in teller.sees(*(alarm(n) for n in sorted(names)), after=minutes * MINUTE):
            causes = [line.split()[0] for line in message.lines or (message.sentence,)]
            for cause in causes if message.phase in {Phase.ALARM, Phase.DIGEST} else []:
                assert cause not in told or teller.now - told[cause] >= HOUR
                told[cause] = teller.now


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        ("2026-11-18T21:59", False), ("2026-11-18T22:00", True), ("2026-11-19T06:59", True), ("2026-11-19T07:00", False),
        ("2026-03-29T03:30", True), ("2026-10-25T02:30", True),
    ],
)  # fmt: skip
def test_quiet_hours_are_on_the_clock_of_the_shop(at: str, quiet: bool) -> None:
    zone = ZoneInfo("Europe/Berlin")
    now = datetime.fromisoformat(at).replace(tzinfo=zone).astimezone(UTC)
    assert QuietHours(begin=time(22), end=time(7)).holds(now, zone) is quiet


def test_quiet_weekends_last_from_midnight_to_midnight() -> None:
    zone, hours = ZoneInfo("UTC"), QuietHours(begin=time(1), end=time(2), weekends=True)
    friday = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
    assert [hours.holds(friday + n * MINUTE, zone) for n in (0, 1, 48 * 60, 48 * 60 + 1)] == [
        False,
        True,
        True,
        False,
    ]
