"""A table as JSON: an object of strings, and a word on each entry that is none."""

from __future__ import annotations

import pytest

from app.mapping import table_json


def test_an_object_of_strings_is_a_table() -> None:
    sheet = table_json.read('{" Cash ": "BANK", "@0.2": "VAT"}')
    assert (sheet.rows, sheet.faults) == ({"Cash": "BANK", "@0.2": "VAT"}, [])


def test_each_entry_that_is_wrong_is_named() -> None:
    sheet = table_json.read(
        '{"Cash": "A", "CASH": "B", "n": 1, "": "x", "o": {"p": "q"}, "z": "\\u0000", "u": "\\ud800"}'
    )
    assert [each.line for each in sheet.faults] == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "1", "null", '[["a", "b"]]', "[" * 100_000])
def test_anything_else_is_refused(text: str) -> None:
    (fault,) = table_json.read(text).faults
    assert fault.line == 1


def test_more_entries_than_a_file_may_have_are_refused() -> None:
    text = "{" + ",".join(f'"k{n}": "v"' for n in range(10_001)) + "}"
    assert len(table_json.read(text).faults) == 1
