"""Questions that leave us: quotes are doubled, and nothing that was entered becomes a part of the question itself."""

from __future__ import annotations

from datetime import UTC, datetime

from app.hosts.businesscentral.odata import instant, one_of, path, text


def test_a_quote_in_a_text_is_doubled() -> None:
    assert text("O'Neill' or number ne '") == "'O''Neill'' or number ne '''"


def test_alternatives_are_of_one_field() -> None:
    assert one_of("number", ["A", "B"]) == "number eq 'A' or number eq 'B'"


def test_what_would_end_a_query_is_escaped() -> None:
    asked = path("items", filter="number eq '#1&$top=1'", top=5)
    assert asked == "items?$filter=number%20eq%20'%231%26$top=1'&$top=5"


def test_an_instant_is_told_in_utc_to_the_millisecond() -> None:
    assert instant(datetime(2026, 11, 3, 9, 30, 1, 234567, tzinfo=UTC)) == "2026-11-03T09:30:01.234Z"
