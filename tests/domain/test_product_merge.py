"""Who moved a value: the table of it, and that no sequence of changes ever writes over a person's without their word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.product import Changed
from app.domain.product_merge import Moved, as_text, merge, moved, note, read


@pytest.mark.parametrize(
    ("wanted", "there", "noted", "who"),
    [
        ("A", "A", None, Moved.NOBODY),
        ("A", "A", note("B", "C"), Moved.NOBODY),
        ("A", "", None, Moved.ERP),
        ("A", "X", None, Moved.FOUND),
        ("B", "A", note("A", "A"), Moved.ERP),
        ("A", "X", note("A", "A"), Moved.STORE),
        ("B", "X", note("A", "A"), Moved.STORE),
        ("A", "X", note("A", "X"), Moved.NOBODY),
        ("B", "X", note("A", "X"), Moved.ERP),
        ("B", "Y", note("A", "X"), Moved.STORE),
        ("A", "X", "garbage", Moved.STORE),
    ],
)
def test_who_moved(wanted: str, there: str, noted: str | None, who: Moved) -> None:
    assert moved(wanted, there, noted) is who


def test_what_was_found_is_noted_and_left() -> None:
    merged = merge({"title": "Cup"}, {"title": "Mug"}, {}, Changed.ASK)
    assert (merged.write, merged.asks) == ({}, ())
    assert merged.notes == {"title": note("Cup", "Mug")}


def test_a_note_that_can_not_be_read_says_nothing() -> None:
    for text in (None, "", "{", "[1]", '{"title": 3}'):
        assert read(text) == {}
    assert read(as_text({"title": "a:b"})) == {"title": "a:b"}


WORDS = st.sampled_from(["", "A", "B", "C"])
MOVES = st.lists(st.tuples(st.sampled_from(["erp", "person"]), WORDS), max_size=12)


@given(moves=MOVES, changed=st.sampled_from([Changed.ASK, Changed.STORE]))
def test_a_persons_word_is_never_written_over_unasked_and_two_looks_write_once(
    moves: list[tuple[str, str]], changed: Changed
) -> None:
    erp, store, noted = "A", "", dict[str, str]()
    for who, word in moves:
        if who == "erp":
            erp = word or erp
        else:
            store = word
        theirs = bool(noted) and note("", store).split(":")[1] != noted["title"].split(":")[1]
        merged = merge({"title": erp}, {"title": store}, noted, changed)
        assert not (theirs and merged.write), "a person's word was written over"
        store = merged.write.get("title", store)
        noted = dict(merged.notes) if merged.notes is not None else noted
        again = merge({"title": erp}, {"title": store}, noted, changed)
        assert not again.write, "the second look finds nothing to do"
        assert again.notes is None


@given(moves=MOVES)
def test_where_the_erps_word_counts_it_stands_after_every_look_once_written(
    moves: list[tuple[str, str]],
) -> None:
    erp, store, noted = "A", "A", {"title": note("A", "A")}
    for who, word in moves:
        if who == "erp":
            erp = word or erp
        else:
            store = word
        merged = merge({"title": erp}, {"title": store}, noted, Changed.ERP)
        store = merged.write.get("title", store)
        noted = dict(merged.notes) if merged.notes is not None else noted
        assert store == erp
