"""What is read of a record and of those that hang on it: said once, and asked in the way that a version understands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from app.hosts.odoo.wire import Domain, plain, strange
from app.ports import Json

Read: TypeAlias = Callable[[str, str, dict[str, Json]], Awaitable[Json]]
_NAME = "display_name"


@dataclass(frozen=True, kw_only=True)
class Tree:
    """`fields` are plain ones; `below` are references, to one record or to many, with their model and what of them."""

    fields: tuple[str, ...] = ()
    below: Mapping[str, tuple[str, Tree]] = field(default_factory=dict)


NAME = Tree(fields=(_NAME,))
"""Of a reference that its number and name are enough of."""


def specification(tree: Tree) -> dict[str, Json]:
    nested: dict[str, Json] = {
        name: {"fields": specification(under)} for name, (_, under) in tree.below.items()
    }
    return {**{name: {} for name in tree.fields}, **nested}


async def level_by_level(
    read: Read, model: str, domain: Domain, tree: Tree, order: str, most: int | None
) -> list[Json]:
    """For versions that read one model at a time; a model's rows of one level are one call."""
    asked: dict[str, Json] = {"domain": domain, "fields": _names(tree), "order": order}
    if most is not None:
        asked["limit"] = most
    rows = _objects(await read(model, "search_read", asked))
    await _fill(read, rows, tree)
    return [*rows]


async def _fill(read: Read, rows: Sequence[dict[str, Json]], tree: Tree) -> None:
    for name, (model, under) in tree.below.items():
        if under == NAME and not any(isinstance(row.get(name), list) for row in rows):
            # One record comes with its name, many are bare numbers.
            continue
        wanted = sorted({number for row in rows for number in _numbers(row.get(name))})
        found: dict[int, dict[str, Json]] = {}
        if wanted:
            asked: dict[str, Json] = {"ids": [*wanted], "fields": _names(under)}
            below = _objects(await read(model, "read", asked))
            await _fill(read, below, under)
            found = {number: row for row in below if isinstance(number := row.get("id"), int)}
        for row in rows:
            there: list[Json] = [found[number] for number in _numbers(row.get(name)) if number in found]
            row[name] = there if isinstance(row.get(name), list) else there[0] if there else None


def _names(tree: Tree) -> list[Json]:
    return [*tree.fields, *tree.below]


def _objects(answer: Json) -> list[dict[str, Json]]:
    try:
        value = plain(answer)
    except RecursionError as cause:
        raise strange(writes=False) from cause
    if not isinstance(value, list):
        raise strange(writes=False)
    rows = [row for row in value if isinstance(row, dict)]
    if len(rows) != len(value):
        raise strange(writes=False)
    return rows


def _numbers(value: Json) -> list[int]:
    match value:
        case list():
            return [each for each in value if isinstance(each, int)]
        case {"id": int(number)}:
            return [number]
        case _:
            return []
