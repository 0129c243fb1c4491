"""Entries side by side: what an import would do is told as look-ups would feel it."""

from __future__ import annotations

from app.mapping import entries
from app.mapping.diffs import Entry


def test_changes_are_told_by_entry_and_capitals_make_none() -> None:
    old, new = {"Cash": "A", "Card": "B", "Gone": "C"}, {"CASH": "A", " card": "D", "New": "E"}
    assert entries.between(old, new) == [
        Entry(key=" card", was="B", now="D"),
        Entry(key="Gone", was="C", now=None),
        Entry(key="New", was=None, now="E"),
    ]
    assert entries.between(old, old) == []


def test_a_merge_keeps_what_it_does_not_name_and_the_spelling_of_what_says_the_same() -> None:
    merged = entries.merged({"Cash": "A", "Card": "B"}, {"CASH": "C", "card": "B"})
    assert merged == {"Card": "B", "CASH": "C"}
