"""A bulk query: checked against the platform's limits, then written straight from the store as flat JSON lines.

An entry of a nested connection is a line of its own that names its parent; unless the caller asked for grouping, a
parent's entries may stand anywhere behind it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from graphql import OperationType, SelectionSetNode

from sandbox import level_views
from sandbox.paging import refused
from sandbox.queries import ROOTS, matching
from sandbox.selections import Part, Reader

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]
MAX_CONNECTIONS, MAX_DEPTH = 5, 2
_CHUNK = 50
_NARROWING = ("query", "includeInactive")


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    text: bytes
    root: bool


@dataclass(kw_only=True)
class _Shape:
    connections: int = 0
    deepest: int = 0
    problems: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


def refusal(request: Request, query: str) -> tuple[str, str, str] | None:
    assert request.documents is not None
    document = request.documents.read(query)
    if document.errors:
        return "INVALID", f"Invalid bulk query: {document.errors[0].message}", "query"
    operation = document.operation(None)
    if operation is None or operation.operation is not OperationType.QUERY:
        return "INVALID", "Invalid bulk query: exactly one query is expected.", "query"
    problems = _shape(Reader(request, document.fragments), operation.selection_set).problems
    return ("INVALID", f"Invalid bulk query: {problems[0]}", "query") if problems else None


def _shape(reader: Reader, selection: SelectionSetNode) -> _Shape:
    shape = _Shape()
    if any(part.name in ("node", "nodes") for part in reader.parts(selection, "QueryRoot")):
        shape.problems.append("`node` and `nodes` can't be used.")
    _measure(reader, selection, "QueryRoot", shape, depth=0, has_id=True)
    if not shape.connections:
        shape.problems.append("it must contain at least one connection.")
    if shape.connections > MAX_CONNECTIONS:
        shape.problems.append(f"it can't contain more than {MAX_CONNECTIONS} connections.")
    if shape.deepest > MAX_DEPTH:
        shape.problems.append(f"connections can't be nested deeper than {MAX_DEPTH} levels.")
    return shape


def _measure(
    reader: Reader, selection: SelectionSetNode, typename: str, shape: _Shape, *, depth: int, has_id: bool
) -> None:
    for part in reader.parts(selection, typename):
        shape.seen |= {f"{typename}.{part.name}", part.kind.removesuffix("Connection")}
        if part.selection is None:
            continue
        if part.kind.endswith("Connection"):
            shape.connections += 1
            shape.deepest = max(shape.deepest, depth + 1)
            if not has_id:
                shape.problems.append(f"the parent of {part.name} must select its `id`.")
            if part.nodes is None:
                shape.problems.append(f"{part.name} must select its `edges` or `nodes`.")
                continue
            node = part.kind.removesuffix("Connection")
            own = any(inner.name == inner.key == "id" for inner in reader.parts(part.nodes, node))
            _measure(reader, part.nodes, node, shape, depth=depth + 1, has_id=own)
        else:
            _measure(reader, part.selection, part.kind, shape, depth=depth, has_id=has_id)


def closed(request: Request, query: str) -> bool:
    """Whether it asks for something the token may not see: then it starts, and fails."""
    assert request.documents is not None
    document = request.documents.read(query)
    operation = document.operation(None)
    assert operation is not None
    shape = _shape(Reader(request, document.fragments), operation.selection_set)
    return not request.denied.isdisjoint(shape.seen)


def lines(request: Request, query: str, *, grouped: bool) -> Iterator[Line]:
    assert request.documents is not None
    document = request.documents.read(query)
    operation = document.operation(None)
    assert operation is not None
    reader = Reader(request, document.fragments)
    writer = _Writer(reader, chunk=1 if grouped else _CHUNK)
    for part in reader.parts(operation.selection_set, "QueryRoot"):
        yield from writer.written(part)


class _Writer:
    def __init__(self, reader: Reader, *, chunk: int) -> None:
        self._reader, self._request, self._chunk = reader, reader.request, chunk
        self._random = random.Random(chunk)

    def written(self, part: Part) -> Iterator[Line]:
        wanted = {name: part.arguments[name] for name in _NARROWING if name in part.arguments}
        if part.kind.endswith("Connection"):
            found = matching(self._request.shop, part.name, **{"query": None} | wanted)
            yield from self._entries(part, found)
            return
        assert part.selection is not None
        record = ROOTS[part.name](self._request, **part.arguments)
        if record is not None:
            own, nested = self._object(part.selection, record)
            yield Line(text=orjson.dumps(own), root=True)
            for inner, source in nested:
                yield from self._nested(inner, source, record.get("id"))

    def _entries(self, part: Part, found: list[Record]) -> Iterator[Line]:
        assert part.nodes is not None
        waiting: list[Line] = []
        for count, record in enumerate(found, 1):
            own, nested = self._object(part.nodes, record)
            yield Line(text=orjson.dumps(own), root=True)
            for inner, source in nested:
                waiting += self._nested(inner, source, record["id"])
            if count % self._chunk == 0:
                yield from self._shuffled(waiting)
                waiting = []
        yield from self._shuffled(waiting)

    def _shuffled(self, waiting: list[Line]) -> list[Line]:
        if self._chunk > 1:
            self._random.shuffle(waiting)
        return waiting

    def _nested(self, part: Part, source: Record, parent: str | None) -> Iterator[Line]:
        assert part.nodes is not None
        for record in self._listed(part, source):
            own, _ = self._object(part.nodes, record)
            yield Line(text=orjson.dumps(own | {"__parentId": parent}), root=False)

    def _listed(self, part: Part, source: Record) -> list[Record]:
        """All entries of a connection of an object, without pages."""
        shop, kind = self._request.shop, source["__typename"]
        wanted = {name: part.arguments[name] for name in _NARROWING if name in part.arguments}
        if part.name == "inventoryLevels":
            find = level_views.levels_of_item if kind == "InventoryItem" else level_views.levels_of_location
            shown = (level_views.shown(shop, level) for level in find(shop, source, **wanted))
            return [record for record in shown if record]
        found = source.get(part.name)
        if not isinstance(found, list):
            raise refused(f"{kind}.{part.name} is not simulated in bulk", "NOT_SIMULATED")
        return found

    def _object(
        self, selection: SelectionSetNode, record: Record
    ) -> tuple[Record, list[tuple[Part, Record]]]:
        """A record's own fields, and its connections to be written as lines of their own."""
        own: Record = {}
        nested: list[tuple[Part, Record]] = []
        typename = record["__typename"]
        for part in self._reader.parts(selection, typename):
            if part.kind.endswith("Connection"):
                nested.append((part, record))
                continue
            value = record["__typename"]
            if part.name != "__typename":
                value = self._request.held(record, typename, part.name, part.arguments)
            if part.selection is None or value is None:
                own[part.key] = value
            elif isinstance(value, list):
                own[part.key] = [self._object(part.selection, entry)[0] for entry in value]
            else:
                own[part.key], deeper = self._object(part.selection, value)
                nested += deeper
        return own, nested
