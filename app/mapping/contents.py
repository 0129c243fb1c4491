"""What a mapping version holds as it is stored, tables and rules, and whether it may be stored so; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
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
_MOST_BYTES = 8_000_000
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def built(number: int, tables: Tables, rules: Rules, rates: Rates = NONE) -> Built:
    """A version as decisions go by it, with the connection's rates. Raises ValueError for what can't be read."""
    try:
        return mapping_tables.of(number, tables, ruleset.of(rules), rates)
    except Misconfigured as cause:
        raise ValueError(cause.sentence[:1].lower() + cause.sentence[1:].rstrip(".")) from cause


def check(tables: Tables, rules: Rules) -> None:
    """Raises ValueError, in words for a person, for what no version may hold."""
    built(0, tables, rules)
    if not all(storable(text) for text in _texts(rules)):
        raise ValueError("a rule has a character that can't be printed")
    for name, table in tables.items():
        _check_table(name, table)
    if len(orjson.dumps({"tables": tables, "rules": rules})) > _MOST_BYTES:
        raise ValueError("a mapping has at most eight million bytes")


def _texts(said: object) -> Iterator[str]:
    match said:
        case str():
            yield said
        case Mapping():
            yield from chain.from_iterable(_texts(each) for pair in said.items() for each in pair)
        case list() | tuple():
            yield from chain.from_iterable(map(_texts, said))
        case _:
            pass


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
