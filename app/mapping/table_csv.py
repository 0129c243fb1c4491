"""One look-up table as CSV: written so that a spreadsheet opens it safely, read with a word on each line that is wrong; pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from app.domain.spreadsheet import guarded
from app.mapping import csv_rows
from app.mapping.contents import LONGEST, storable
from app.mapping.csv_rows import Fault
from app.mapping.tables import fold

HEAD = ("key", "value")
MOST_ROWS = 10_000


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


def read(text: str, *, allowed: Collection[str] | None = None) -> Sheet:
    """`allowed`: what the host takes, where it says so."""
    found = csv_rows.read(text, columns=HEAD, most=MOST_ROWS)
    sheet, seen = Sheet(faults=found.faults), dict[str, int]()
    for line, cells in found.rows:
        key, value = cells["key"], cells["value"]
        sheet.faults += [Fault(line=line, sentence=each) for each in faults_of(key, value, allowed)]
        first = seen.setdefault(fold(key), line)
        if key and first != line:
            again = f"“{_shown(key)}” stands in line {first} already; capitals make no difference."
            sheet.faults.append(Fault(line=line, sentence=again))
        sheet.rows[key] = value
    sheet.faults.sort(key=lambda fault: fault.line)
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


def _shown(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text[:80])


def refused(line: int, sentence: str) -> Sheet:
    return Sheet(faults=[Fault(line=line, sentence=sentence)])
