"""How a bench tells its result: JSON alone on stdout, or a table for a person; progress always goes to stderr."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from rich.console import Console
from rich.table import Table

Value: TypeAlias = "str | int | float | bool | None | list[Value] | dict[str, Value]"


def tell(result: Mapping[str, Value], *, title: str, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
        return
    table = Table(title=title, show_header=False)
    for name, value in result.items():
        table.add_row(name, value if isinstance(value, str) else json.dumps(value))
    Console().print(table)


def tell_rows(rows: Sequence[Mapping[str, Value]], *, title: str, as_json: bool) -> None:
    """A list of results that have the same names."""
    if as_json:
        sys.stdout.write(json.dumps(list(rows), indent=2) + "\n")
        return
    table = Table(*(rows[0] if rows else ()), title=title)
    for row in rows:
        table.add_row(*(json.dumps(value) for value in row.values()))
    Console().print(table)


def progress(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def machine() -> str:
    """The machine in words, so that figures of two of them are not mixed up."""
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"


def rounded(value: float) -> float:
    return round(value, 2)
