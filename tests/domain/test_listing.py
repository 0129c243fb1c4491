"""A list of changes that is read in pages, over slices, while it goes on changing: nothing is passed over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.listing import Reading, further
from app.errors import Retry

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_a_reading_that_was_broken_off_goes_on_behind_the_last_id() -> None:
    begun = Reading.of(at(0).isoformat(), now=at(10)).on([at(3), at(1)], after=7)
    assert Reading.of(begun.cursor(over=False), now=at(99)) == begun
    assert begun.cursor(over=True) == at(3).isoformat()


def test_the_next_one_begins_no_later_than_this_one_did() -> None:
    """What changes behind a reading that takes long is older than what it meets at its end."""
    reading = Reading.of(None, now=at(10)).on([at(1)], after=5)
    resumed = Reading.of(reading.cursor(over=False), now=at(30)).on([at(25)], after=9)
    assert resumed.cursor(over=True) == at(10).isoformat()


def test_an_empty_list_begins_where_it_began() -> None:
    assert Reading.of(None, now=at(0)).on([], after=0).cursor(over=True) == ""
    assert Reading.of(at(0).isoformat(), now=at(9)).on([], after=0).cursor(over=True) == at(0).isoformat()


def test_a_cursor_of_an_earlier_release_begins_its_reading_anew() -> None:
    reading = Reading.of(f"{at(0).isoformat()}>{at(5).isoformat()}>17", now=at(9))
    assert (reading.since, reading.after, reading.begun) == (at(0), 0, at(9))


class Row:
    def __init__(self, number: int) -> None:
        self.id = number


def test_a_page_that_comes_again_ends_no_list_and_is_said() -> None:
    assert further([], 5) == 5
    assert further([Row(6), Row(9)], 5) == 9
    with pytest.raises(Retry):
        further([Row(4), Row(5)], 5)


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=8),
    st.lists(st.lists(st.integers(0, 7), max_size=3), max_size=40),
    st.integers(1, 3),
    st.sets(st.integers(0, 20)),
)
def test_every_change_is_told_by_this_reading_or_the_next(
    ages: list[int], meanwhile: list[list[int]], page: int, broken_off: set[int]
) -> None:
    """`meanwhile`: which rows change before each page; `broken_off`: after which pages a slice ends."""
    rows = {number + 1: at(-age) for number, age in enumerate(ages)}
    told: set[tuple[int, datetime]] = set()
    cursor, minute = "", 0
    quiet = False
    while not quiet:
        quiet = not meanwhile
        over, reading = False, Reading.of(cursor, now=at(minute))
        while not over:
            minute += 1
            for changed in meanwhile.pop(0) if meanwhile else []:
                if changed + 1 in rows:
                    rows[changed + 1] = at(minute)
            since = reading.since
            known = [n for n in sorted(rows) if n > reading.after and (since is None or rows[n] >= since)]
            over = len(known) < page
            told |= {(number, rows[number]) for number in known[:page]}
            after = known[:page][-1] if known else reading.after
            reading = reading.on([rows[number] for number in known[:page]], after=after)
            cursor = reading.cursor(over=over)
            if minute in broken_off and not over:
                reading = Reading.of(cursor, now=at(minute + 100))
    assert set(rows.items()) <= told
