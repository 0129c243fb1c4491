"""What may be done with values: exact, forgiving of nothing, and bounded whatever is put in."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Rejected
from app.templates import FILTERS, LONGEST, OPERATORS, Value, matches, shown, values

AT = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
some_values: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.text(max_size=40),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.booleans(),
    st.datetimes(timezones=st.just(UTC)),
    st.lists(st.text(max_size=8), max_size=5).map(tuple),
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-9"), "0.000000001"),
        (AT, "2026-03-01T23:30:00+00:00"),
        (("a", "b"), "a, b"),
    ],
)
def test_a_value_is_sent_plainly(value: Value, text: str) -> None:
    assert shown(value) == text


def test_sums_are_exact() -> None:
    assert values.plus("0.1", "0.2") == Decimal("0.3")
    assert values.times(Decimal("19.99"), "1.19") == Decimal("23.7881")
    assert values.minus(Decimal("1000000000000000000000.01"), "0.01") == Decimal("1000000000000000000000.00")
    assert shown(values.rounded(Decimal("2.675"), Decimal(2))) == "2.68"


def test_zero_has_no_sign() -> None:
    found = [values.times("-0", "1"), values.rounded("-0.001", Decimal(2)), values.minus("0.00", "-0")]
    assert [shown(each) for each in found] == ["0", "0.00", "0.00"]


@pytest.mark.parametrize("text", ["", None])
def test_nothing_stays_nothing(text: Value) -> None:
    found = [
        values.times(text, "2"),
        values.rounded(text),
        values.date(text),
        values.upper(None),
        values.join(text, "-"),
    ]
    assert found == [None] * 5


@pytest.mark.parametrize("text", ["1,5", "1e5", "NaN", "0x10", "eleven", "9" * 37, "1_000", "²"])
def test_what_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(Rejected) as refused:
        values.as_number(text)
    assert refused.value.code == "rule.not_a_number"
    assert text not in refused.value.sentence


def test_parts_are_counted_from_either_end_and_may_be_missing() -> None:
    def part(place: int) -> Value:
        return values.split("a-b-c", "-", Decimal(place))

    assert [part(1), part(3), part(-1), part(4), part(0)] == ["a", "c", "c", None, None]
    assert values.split(("x", "y"), "-", Decimal(2)) == "y"


def test_joining_leaves_no_separator_for_what_is_not_there() -> None:
    assert values.join("a", ", ", None, "", "b") == "a, b"


def test_a_date_is_of_the_zone_it_is_asked_in() -> None:
    assert values.date(AT, "%d.%m.%Y", "Europe/Berlin") == "02.03.2026"
    assert values.date("2026-03-01T23:30:00+00:00") == "2026-03-01"


@pytest.mark.parametrize(
    ("form", "zone"),
    [("%Q", "UTC"), ("%999999999Y", "UTC"), ("%", "UTC"), ("%Y", "Mars/Base"), ("%Y", "../etc")],
)
def test_a_form_or_a_zone_that_is_not_known_is_refused(form: str, zone: str) -> None:
    with pytest.raises(Rejected) as refused:
        values.date(AT, form, zone)
    assert refused.value.code == "rule.date_form"


@pytest.mark.parametrize(
    ("value", "operator", "operands", "holds"),
    [
        ("Card", "is", ("cash", "CARD"), True),
        ("Card", "is_not", ("cash",), True),
        (Decimal("10.00"), "is", ("10",), True),
        (Decimal("10.00"), "is", ("ten",), False),
        (("VIP", "b2b"), "is", ("vip",), True),
        (("VIP",), "contains", ("i",), True),
        (None, "lacks", ("x",), True),
        (("ab", "cd"), "contains", ("bc", "bcd"), False),
        ((), "contains", ("",), False),
        (("ab", "cd"), "begins", ("x", "C"), True),
        (("ab", "cd"), "ends", ("a", "c"), False),
        ("#1001", "begins", ("#10",), True),
        (Decimal("9.99"), "above", ("9.98",), True),
        (None, "above", ("0",), False),
        (AT, "at_least", ("2026-03-01T23:30:00Z",), True),
        (AT, "below", ("2026-03-01",), False),
        ((), "empty", (), True),
        (False, "filled", (), True),
        (False, "is", ("false",), True),
    ],
)
def test_tests(value: Value, operator: str, operands: tuple[Value, ...], holds: bool) -> None:
    assert matches(value, operator, *operands) is holds


@given(
    value=some_values, operator=st.sampled_from(sorted(OPERATORS)), operands=st.lists(some_values, max_size=3)
)
def test_any_test_of_anything_answers_or_is_refused(
    value: Value, operator: str, operands: list[Value]
) -> None:
    with suppress(Rejected):
        assert matches(value, operator, *operands) in {True, False}


@given(value=some_values, filter=st.sampled_from(sorted(FILTERS)), given=st.lists(some_values, max_size=3))
def test_any_filter_of_anything_gives_a_bounded_value_or_is_refused(
    value: Value, filter: str, given: list[Value]
) -> None:
    run: Callable[..., Value] = FILTERS[filter]
    # Too few or too many arguments are a TypeError: Liquid says so, and the builder can't.
    with suppress(Rejected, TypeError):
        found = run(value, *given)
        assert len(shown(found)) <= max(LONGEST, len(shown(value)), *(len(shown(each)) for each in given), 0)


def test_hundreds_of_texts_are_looked_for_in_hundreds_at_once() -> None:
    tags, wanted = tuple(f"tag{n}" * 20 for n in range(250)), tuple(f"x{n}y" for n in range(10_000))
    began = time.process_time()
    assert not any(matches(tags, operator, *wanted) for operator in ("is", "contains", "begins", "ends"))
    assert time.process_time() - began < 2
