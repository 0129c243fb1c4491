"""One look-up table as a JSON object of strings, as systems send it; each entry that is wrong is named; pure."""

from __future__ import annotations

import json

from app.mapping.csv_rows import Fault
from app.mapping.table_csv import MOST_ROWS, Sheet, faults_of
from app.mapping.tables import fold


def read(text: str) -> Sheet:
    """`line` of a fault is the entry's place in the object, from 1."""
    try:
        found = json.loads(text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return _refused("It is no JSON.")
    if not isinstance(found, _Pairs):
        return _refused("It has to be an object of keys and values.")
    if len(found) > MOST_ROWS:
        return _refused(f"It has more than {MOST_ROWS:,} entries.")
    sheet, seen = Sheet(), set[str]()
    for place, (name, said) in enumerate(found, start=1):
        if not isinstance(said, str):
            sheet.faults.append(Fault(line=place, sentence="The value is no text."))
            continue
        key, value = name.strip(), said.strip()
        sheet.faults += [Fault(line=place, sentence=each) for each in faults_of(key, value, None)]
        if key and fold(key) in seen:
            sheet.faults.append(
                Fault(line=place, sentence="The key is there already; capitals make no difference.")
            )
        seen.add(fold(key))
        sheet.rows[key] = value
    return sheet


class _Pairs(list[tuple[str, object]]):
    """An object as it was written: one that has a key twice keeps both."""


def _refused(sentence: str) -> Sheet:
    return Sheet(faults=[Fault(line=1, sentence=sentence)])
