"""Paths into answers: JMESPath with few functions, and a budget for what carrying them out may take; pure.

A path comes from a connection document and the answer from a stranger's server, so neither may hold a worker up or fill it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, cast

from jmespath import exceptions, parser, visitor
from jmespath.functions import Functions

from app.errors import Misconfigured, Verdict
from app.ports import Json

if TYPE_CHECKING:
    from jmespath.visitor import _TreeNode as _Node

LONGEST_PATH = 1_000
MOST_PARTS = 256
"""How often a path may put the same thing into what it makes: each `[a, b]` doubles what the one before it made."""
MOST_STEPS = 600_000
"""Of all paths into one answer: about a second, and several times what a page of a thousand rows takes."""
KNOWN = frozenset((
    "contains", "ends_with", "join", "keys", "length", "map", "max_by", "merge", "min_by", "not_null", "reverse",
    "sort", "sort_by", "starts_with", "to_array", "to_string", "type", "values",
))  # fmt: skip
"""What a path may call. Those that calculate work with floats, in which no amount is exact."""


class Unreadable(Exception):
    """The answer is not what the path was written for, or grows past all bounds on the way."""


class Steps:
    """What the paths into one answer have left between them."""

    def __init__(self, most: int = MOST_STEPS) -> None:
        self._left = most

    def spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise Unreadable("more work than an answer may be")


def parsed(text: str) -> object:
    """Raises Misconfigured with `description.path` for what is no path, or calls what is not known here."""
    _tree(text)
    return text


def read(path: str, value: Json, steps: Steps) -> Json:
    """What stands at the path, None for nothing. Raises Unreadable."""
    try:
        found = cast("Json", _Walk(steps).visit(cast("_Node", _tree(path)), value))
    except (exceptions.JMESPathError, RecursionError, TypeError, ValueError) as cause:
        raise Unreadable(path) from cause
    return found


@lru_cache(maxsize=4_096)
def _tree(text: str) -> dict[str, object]:
    if len(text) > LONGEST_PATH:
        raise _malformed(text, f"it is longer than {LONGEST_PATH} characters")
    try:
        tree = cast("dict[str, object]", parser.Parser().parse(text).parsed)
        called = {str(node["value"]) for node in _nodes(tree) if node["type"] == "function_expression"}
    except exceptions.JMESPathError as cause:
        raise _malformed(text, " ".join(str(cause).split())[:200]) from cause
    except (RecursionError, ValueError, TypeError, KeyError) as cause:
        raise _malformed(text, "it is nested too deeply, or holds a value that is none") from cause
    if (
        prod(len(cast("list[object]", node["children"])) for node in _nodes(tree) if node["type"] in _MAKES)
        > MOST_PARTS
    ):
        raise _malformed(text, "it puts too many things together")
    if unknown := sorted(called - KNOWN):
        raise _malformed(text, f"{unknown[0]}() is not known here; there are {', '.join(sorted(KNOWN))}")
    return tree


_MAKES = frozenset(("multi_select_list", "multi_select_dict"))


def _nodes(tree: dict[str, object]) -> Iterator[dict[str, object]]:
    yield tree
    children = tree.get("children")
    for child in children if isinstance(children, list) else []:
        if isinstance(child, dict):
            yield from _nodes(child)


def _malformed(text: str, why: str) -> Misconfigured:
    return Misconfigured(
        "description.path", f"“{text[:80]}” is no path into an answer: {why}.", verdict=Verdict.NEEDS_MAPPING
    )


class _Walk(visitor.TreeInterpreter):
    """The library's own, paying for each step and for whatever it gathers."""

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self._steps = steps
        self._functions = _Bounded(steps)

    def visit(self, node: _Node, *args: object, **kwargs: object) -> object:
        self._steps.spend(1)
        found: object = super().visit(node, *args, **kwargs)
        if node["type"] in _GATHERS and isinstance(found, list):
            self._steps.spend(len(found))
        return found


_GATHERS = frozenset(("flatten", "slice", "multi_select_list", "value_projection"))


class _Bounded(Functions):
    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def call_function(self, function_name: str, resolved_args: Iterable[object]) -> object:
        given = list(resolved_args)
        for each in given:
            self._steps.spend(_size(each))
        if function_name == "to_string" and any(isinstance(each, list | dict) for each in given):
            raise TypeError("only a text or a number becomes a text")
        if function_name == "join":
            self._steps.spend(_joined(given) // 8)
        found: object = super().call_function(function_name, given)
        self._steps.spend(_size(found))
        return found


def _size(value: object) -> int:
    if isinstance(value, str):
        return 1 + len(value) // 8
    return 1 + len(value) if isinstance(value, list | dict) else 1


def _joined(given: list[object]) -> int:
    """How long the texts are that would be put together, so that this is paid before it is done."""
    parts = given[-1] if given else None
    between = len(given[0]) if len(given) > 1 and isinstance(given[0], str) else 0
    if not isinstance(parts, list):
        return 0
    return sum((len(each) if isinstance(each, str) else 8) + between for each in parts)
