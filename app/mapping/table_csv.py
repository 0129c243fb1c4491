"""One look-up table as CSV: written so that a spreadsheet opens it safely, read with a word on each line that is wrong; pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.spreadsheet import guarded, plain
from app.mapping.contents import LONGEST, storable
from app.mapping.tables import fold

HEAD = ("key", "value")
MOST_ROWS = 10_000
MOST_CHARACTERS = 1_500_000
_SEPARATORS = (",", ";", "\t")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with a line; `line` is where its row begins, counted as an editor does."""

    line: int
    sentence: str


@dataclass(kw_only=True)
class Sheet:
    """What a file says. Only one without faults means anything."""

    rows: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def written(table: Mapping[str, str]) -> str:
    """RFC 4180, by key; its default first."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for key, value in sorted(table.items(), key=lambda row: (row[0] != "*", row[0].casefold(), row[0])):
        writer.writerow((guarded(key), guarded(value)))
    return out.getvalue()


def decoded(content: bytes) -> str:
    """UTF-8 with or without its mark; raises ValueError for anything else."""
    return content.decode("utf-8-sig")


def read(text: str, *, allowed: Collection[str] | None = None) -> Sheet:
    """`allowed`: what the host takes, where it says so. Separated by comma, semicolon or tab, as the first line is."""
    text = text.removeprefix("\ufeff")
    if len(text) > MOST_CHARACTERS:
        return refused(1, f"The file has more than {MOST_CHARACTERS:,} characters.")
    first = re.split(r"[\r\n]", text, maxsplit=1)[0]
    separator = next((each for each in _SEPARATORS if _is_head(first.split(each))), None)
    if separator is None:
        return refused(1, "The first line has to name the columns: key,value.")
    swapped = _name(first.split(separator)[0]) != HEAD[0]
    sheet, seen = Sheet(), dict[str, int]()
    for count, (line, cells) in enumerate(_lines(text, separator, sheet)):
        if count == MOST_ROWS:
            sheet.faults.append(Fault(line=line, sentence=f"The file has more than {MOST_ROWS:,} rows."))
            break
        _take(sheet, seen, line, cells[::-1] if swapped else cells, allowed)
    return sheet


def faults_of(key: str, value: str, allowed: Collection[str] | None) -> Iterator[str]:
    """What is wrong with one entry by itself."""
    if not key:
        yield "The key is blank."
    if not value:
        yield "The value is blank."
    if max(len(key), len(value)) > LONGEST:
        yield f"The key or the value is longer than {LONGEST} characters; is a quote left open?"
    if not storable(key + value):
        yield "There is a character in it that can't be printed."
    if allowed is not None and value and value not in allowed:
        yield f"The ERP has no “{_shown(value)}”."


def _take(
    sheet: Sheet, seen: dict[str, int], line: int, cells: Sequence[str], allowed: Collection[str] | None
) -> None:
    if len(cells) != len(HEAD):
        sheet.faults.append(Fault(line=line, sentence=f"It has {len(cells)} columns instead of two."))
        return
    key, value = (plain(cell.strip()).strip() for cell in cells)
    sheet.faults += [Fault(line=line, sentence=each) for each in faults_of(key, value, allowed)]
    first = seen.setdefault(fold(key), line)
    if key and first != line:
        again = f"“{_shown(key)}” stands in line {first} already; capitals make no difference."
        sheet.faults.append(Fault(line=line, sentence=again))
    sheet.rows[key] = value


def _lines(text: str, separator: str, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """The rows after the first, each with the line it begins in; blank lines are none."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    try:
        for number, cells in enumerate(reader):
            if number and any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        sheet.faults.append(Fault(line=line, sentence="From here on it can't be read; is a quote left open?"))


def _shown(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text[:80])


def _is_head(cells: Sequence[str]) -> bool:
    return sorted(map(_name, cells)) == sorted(HEAD)


def _name(cell: str) -> str:
    return cell.strip(' "').casefold()


def refused(line: int, sentence: str) -> Sheet:
    return Sheet(faults=[Fault(line=line, sentence=sentence)])
