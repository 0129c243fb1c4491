"""Which models and fields a simulated Odoo has: declared as data, each field with the versions that know it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Computed = Callable[[Any, dict[str, Any], Mapping[str, Any]], Any]


@dataclass(frozen=True, kw_only=True)
class Field:
    """`kind`: char, text, bool, int, float, date, datetime, m2o, o2m or m2m. `to`: the model it points at; `by`: for an o2m,

    the field there that points back. `since`, `until`: versions. `compute`: a value that is worked out whenever it is read.
    `options`: the few that it may be, a selection in Odoo's words.
    """

    kind: str = "char"
    to: str = ""
    by: str = ""
    default: Any = None
    required: bool = False
    copied: bool = True
    since: int = 0
    until: int = 99
    compute: Computed | None = None
    groups: str = ""
    options: tuple[str, ...] = ()


def char(**more: Any) -> Field:
    return Field(kind="char", **more)


def flag(default: bool = False, **more: Any) -> Field:
    return Field(kind="bool", default=default, **more)


def real(**more: Any) -> Field:
    return Field(kind="float", **more)


def one(to: str, **more: Any) -> Field:
    return Field(kind="m2o", to=to, **more)


def many(to: str, by: str, **more: Any) -> Field:
    return Field(kind="o2m", to=to, by=by, **more)


def some(to: str, **more: Any) -> Field:
    return Field(kind="m2m", to=to, **more)


Fields = dict[str, Field]

MAGIC: Fields = {
    "id": Field(kind="int"),
    "create_date": Field(kind="datetime"),
    "write_date": Field(kind="datetime"),
    "display_name": char(),
}
"""What every model has."""


def of_version(declared: Mapping[str, Fields], version: int) -> dict[str, Fields]:
    return {
        model: {
            **MAGIC,
            **{name: each for name, each in fields.items() if each.since <= version <= each.until},
        }
        for model, fields in declared.items()
    }
