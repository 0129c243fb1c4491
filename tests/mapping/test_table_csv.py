"""A table as CSV: whatever is written reads back the same, and a file that is wrong says so line by line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mapping import table_csv
from app.mapping.csv_rows import MOST_CHARACTERS

_TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), whitelist_characters="\n\t"), min_size=1, max_size=40
).filter(lambda text: text.strip() == text)


@given(st.dictionaries(_TEXT, _TEXT, max_size=20))
def test_what_is_written_reads_back_the_same(table: dict[str, str]) -> None:
    folded = {key.casefold(): key for key in table}
    table = {key: table[key] for key in folded.values()}
    sheet = table_csv.read(table_csv.written(table))
    assert sheet.faults == []
    assert sheet.rows == table


@pytest.mark.parametrize("cell", ["=1+1", "+4", "-4", "@0.2", "'@0.2", "''", "|x", "%x"])
def test_a_cell_is_never_a_formula_and_comes_back_as_it_was(cell: str) -> None:
    text = table_csv.written({cell: cell})
    row = text.splitlines()[1]
    assert row.startswith(("'", "\"'"))
    assert table_csv.read(text).rows == {cell: cell}


@pytest.mark.parametrize(
    "text",
    [
        "key,value\nCash,BANK\n",
        "\ufeffkey;value\r\nCash;BANK\r\n",
        "KEY\tValue\rCash\tBANK",
        'value,"key"\nBANK,Cash\n',
        'key,value\n\n "Cash" , BANK \n,\n'.replace(' "Cash" ', '"Cash"'),
    ],
)
def test_separators_marks_and_line_ends_of_any_program_are_understood(text: str) -> None:
    assert table_csv.read(text) == table_csv.Sheet(rows={"Cash": "BANK"})


def test_a_quoted_line_break_is_part_of_its_cell_and_counts_as_a_line() -> None:
    sheet = table_csv.read('key,value\n"a\nb",X\n,Y\n')
    assert sheet.rows["a\nb"] == "X"
    assert [(each.line, each.sentence) for each in sheet.faults] == [(4, "The key is blank.")]


def test_each_line_that_is_wrong_is_named_with_why() -> None:
    text = f"key,value\nCash,BANK\ncash,CC\n,X\nY,\nA,B,C\nlonely\nLong,{'x' * 501}\nZero,a\0b\nCard,OTHER\n"
    found = [
        (each.line, each.sentence)
        for each in table_csv.read(text, allowed={"BANK", "CC", "X", "a\0b"}).faults
    ]
    assert found == [
        (3, "“cash” stands in line 2 already; capitals make no difference."),
        (4, "The key is blank."),
        (5, "The value is blank."),
        (6, "It has 3 columns instead of 2."),
        (7, "It has 1 columns instead of 2."),
        (8, "The key or the value is longer than 500 characters; is a quote left open?"),
        (8, f"The ERP has no “{'x' * 80}”."),
        (9, "There is a character in it that can't be printed."),
        (10, "The ERP has no “OTHER”."),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "Cash,BANK\n", "key,value,note\n", "sku|item\n"])
def test_a_file_without_its_columns_is_refused(text: str) -> None:
    assert [each.line for each in table_csv.read(text).faults] == [1]


def test_a_quote_left_open_is_found_where_it_begins() -> None:
    text = "key,value\nCash,BANK\n" + 'Card,"CC\n' + "more,rows\n" * 200
    assert [each.line for each in table_csv.read(text).faults] == [3]
    text = "key,value\n" + 'Card,"CC\n' + "more,rows\n" * 20_000
    assert [each.line for each in table_csv.read(text).faults] == [2]


def test_ten_thousand_rows_with_bad_ones_among_them_are_read_at_once_and_each_is_named() -> None:
    bad = {100, 5_000, 9_999}
    rows = [f"SKU-{n},{'' if n in bad else f'ITEM-{n}'}" for n in range(1, 10_001)]
    sheet = table_csv.read("key,value\n" + "\n".join(rows))
    assert {each.line - 1 for each in sheet.faults} == bad
    assert len(table_csv.read("key,value\n" + "\n".join([*rows, "One,MORE"])).faults) == len(bad) + 1


def test_what_can_not_be_shown_is_not_repeated() -> None:
    sheet = table_csv.read("key,value\n\ud800,a\n\ud800,b\n", allowed={"a"})
    assert {each.line for each in sheet.faults} == {2, 3}
    assert "".join(each.sentence for each in sheet.faults).encode()


def test_a_file_too_large_is_not_read() -> None:
    (fault,) = table_csv.read("key,value\n" + "x" * MOST_CHARACTERS).faults
    assert "characters" in fault.sentence
