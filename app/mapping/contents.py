"""What a mapping version holds as it is stored, tables and rules, and whether it may be stored so; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import orjson

from app.errors import Misconfigured
from app.mapping import ruleset
from app.mapping import tables as mapping_tables
from app.mapping.rates import NONE, Rates
from app.mapping.tables import Tables as Built
from app.mapping.tables import fold
from app.ports import Json

Tables: TypeAlias = Mapping[str, Mapping[str, str]]
Rules: TypeAlias = Mapping[str, Json]

MOST_ROWS = 20_000
"""Of one table: a merchant's longest are lists of SKUs."""
LONGEST = 500
LONGEST_TEXT = 10_000
"""Of a rule."""
_MOST_BYTES = 8_000_000
_MOST_PIECES = 20_000
_MOST_LIQUID = 50_000
_HIGHEST = 10**9
_DEEPEST = 16
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def built(number: int, tables: Tables, rules: Rules, rates: Rates = NONE) -> Built:
    """A version as decisions go by it, with the connection's rates. Raises ValueError for what can't be read."""
    try:
        return mapping_tables.of(number, tables, ruleset.of(rules), rates)
    except Misconfigured as cause:
        raise ValueError(cause.sentence[:1].lower() + cause.sentence[1:].rstrip(".")) from cause


def check(tables: Tables, rules: Rules) -> None:
    """Raises ValueError, in words for a person, for what no version may hold."""
    check_rules(rules)
    built(0, tables, rules)
    for name, table in tables.items():
        _check_table(name, table)
    if len(orjson.dumps({"tables": tables, "rules": rules})) > _MOST_BYTES:
        raise ValueError("a mapping has at most eight million bytes")


def check_rules(rules: Rules) -> None:
    """Raises ValueError for what no database takes, and for more than can be looked over in no time."""
    liquid = 0
    for place, (name, piece) in enumerate(_pieces(rules)):
        if place == _MOST_PIECES:
            raise ValueError(f"rules have at most {_MOST_PIECES:,} pieces; a look-up table takes long lists")
        if isinstance(piece, int) and abs(piece) > _HIGHEST:
            raise ValueError("a rule has a number beyond all bounds")
        if isinstance(piece, str) and len(piece) > LONGEST_TEXT:
            raise ValueError(f"a text of a rule is longer than {LONGEST_TEXT:,} characters")
        if isinstance(piece, str) and not storable(piece):
            raise ValueError("a rule has a character that can't be printed")
        liquid += len(piece) if name == "liquid" and isinstance(piece, str) else 0
    if liquid > _MOST_LIQUID:
        raise ValueError(f"all Liquid of a mapping has at most {_MOST_LIQUID:,} characters")


def _pieces(said: object, name: str = "", depth: int = 0) -> Iterator[tuple[str, object]]:
    """Everything that stands in it, names too, each with the name it stands under."""
    if depth > _DEEPEST:
        raise ValueError("rules are nested too deeply")
    match said:
        case Mapping():
            for key, each in said.items():
                yield "", key
                yield from _pieces(each, str(key), depth + 1)
        case list() | tuple():
            for each in said:
                yield from _pieces(each, name, depth + 1)
        case _:
            yield name, said


def storable(text: str) -> bool:
    """Whether a database and a page can hold it: neither control characters but those of a text, nor halves of pairs."""
    return _UNSTORABLE.search(text) is None


def _check_table(name: str, table: Mapping[str, str]) -> None:
    if len(table) > MOST_ROWS:
        raise ValueError(f"the table {name} has more than {MOST_ROWS} rows")
    seen: set[str] = set()
    for key, value in table.items():
        if not key.strip():
            raise ValueError(f"the table {name} has a row without a name")
        if not storable(key + value):
            raise ValueError(f"a row of the table {name} has a character that can't be printed")
        if max(len(key), len(value)) > LONGEST:
            raise ValueError(f"a row of the table {name} is longer than {LONGEST} characters")
        if fold(key) in seen:
            raise ValueError(f"the table {name} has “{key}” twice")
        seen.add(fold(key))
