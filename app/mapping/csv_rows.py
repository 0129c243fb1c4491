"""Rows of a CSV file by the names of their columns, whichever program wrote it, with a word on each line that is none; pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.domain.spreadsheet import plain

MOST_CHARACTERS = 1_500_000
_SEPARATORS = (",", ";", "\t")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with a line; `line` is where its row begins, counted as an editor does."""

    line: int
    sentence: str


@dataclass(kw_only=True)
class Rows:
    """Each row with the line it begins in."""

    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def decoded(content: bytes) -> str:
    """UTF-8 with or without its mark; raises ValueError for anything else."""
    return content.decode("utf-8-sig")


def read(text: str, *, columns: Sequence[str], optional: Sequence[str] = (), most: int) -> Rows:
    """The columns may stand in any order. Separated by comma, semicolon or tab, as the first line is."""
    text = text.removeprefix("\ufeff")
    if len(text) > MOST_CHARACTERS:
        return refused(f"The file has more than {MOST_CHARACTERS:,} characters.")
    first = re.split(r"[\r\n]", text, maxsplit=1)[0]
    for separator in _SEPARATORS:
        names = [_name(cell) for cell in first.split(separator)]
        named = set(names)
        if len(named) == len(names) and named - set(optional) == set(columns):
            return _rows(text, separator, names, most)
    return refused(f"The first line has to name the columns: {','.join(columns)}.")


def refused(sentence: str) -> Rows:
    return Rows(faults=[Fault(line=1, sentence=sentence)])


def _rows(text: str, separator: str, names: Sequence[str], most: int) -> Rows:
    found = Rows()
    for count, (line, cells) in enumerate(_lines(text, separator, found)):
        if count == most:
            found.faults.append(Fault(line=line, sentence=f"The file has more than {most:,} rows."))
            break
        if len(cells) == len(names):
            meant = (plain(cell.strip()).strip() for cell in cells)
            found.rows.append((line, dict(zip(names, meant, strict=True))))
        else:
            wrong = f"It has {len(cells)} columns instead of {len(names)}."
            found.faults.append(Fault(line=line, sentence=wrong))
    return found


def _lines(text: str, separator: str, found: Rows) -> Iterator[tuple[int, list[str]]]:
    """The rows after the first; blank lines are none."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    try:
        for number, cells in enumerate(reader):
            if number and any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        found.faults.append(Fault(line=line, sentence="From here on it can't be read; is a quote left open?"))


def _name(cell: str) -> str:
    return cell.strip(' "').casefold()
