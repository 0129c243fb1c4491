"""Connections: pages of a list with cursors, under Shopify's limits on page size and depth."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import GraphQLError

Record = dict[str, Any]
MAX_PAGE = 250
MAX_DEPTH = 25_000


def refused(message: str, code: str = "BAD_REQUEST") -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})


def page(
    items: Sequence[Any],
    arguments: Mapping[str, Any],
    *,
    kind: str,
    key: Callable[[Any], object] | None = None,
    load: Callable[[Any], Any] | None = None,
) -> Record:
    """One page. `key` gives the sortable text a cursor is made of (default: the position).

    `load` turns an entry into its node; where it answers None the entry is left out.
    """
    size = page_size(arguments)
    forward = arguments.get("first") is not None
    ordered = list(reversed(items)) if arguments.get("reverse") else items
    keys = [str(key(item)) for item in ordered] if key else [f"{i:08d}" for i in range(len(ordered))]
    descending = bool(arguments.get("reverse")) and key is not None
    start, end = _window(keys, arguments, size, forward, descending)
    if end > MAX_DEPTH:
        raise refused(
            f"Pagination is limited to {MAX_DEPTH} records. Narrow the query.", "PAGINATION_LIMIT_EXCEEDED"
        )
    chosen = ordered[start:end]
    nodes = [load(item) for item in chosen] if load else list(chosen)
    edges = [
        {"__typename": f"{kind}Edge", "node": node, "cursor": cursor(text)}
        for node, text in zip(nodes, keys[start:end], strict=True)
        if node is not None
    ]
    return {
        "__typename": f"{kind}Connection",
        "nodes": [edge["node"] for edge in edges],
        "edges": edges,
        "pageInfo": {
            "__typename": "PageInfo",
            "hasNextPage": end < len(ordered),
            "hasPreviousPage": start > 0,
            "startCursor": cursor(keys[start]) if chosen else None,
            "endCursor": cursor(keys[end - 1]) if chosen else None,
        },
    }


def page_size(arguments: Mapping[str, Any]) -> int:
    first, last = arguments.get("first"), arguments.get("last")
    if first is None and last is None:
        raise refused("you must provide one of first or last")
    if first is not None and last is not None:
        raise refused("providing both first and last is not supported")
    name, size = ("first", int(first)) if first is not None else ("last", int(last or 0))
    if not 0 <= size <= MAX_PAGE:
        raise refused(f"`{name}` must be between 0 and {MAX_PAGE}, got {size}", "MAX_PAGE_SIZE_EXCEEDED")
    return size


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def _window(
    keys: Sequence[str], arguments: Mapping[str, Any], size: int, forward: bool, descending: bool
) -> tuple[int, int]:
    """Where a page starts and ends. A cursor is a place in the order, so it survives the entry it came from."""
    start, end = 0, len(keys)
    if arguments.get("after"):
        place = cursor_text(arguments["after"])
        start = sum(1 for key in keys if (key >= place if descending else key <= place))
    if arguments.get("before"):
        place = cursor_text(arguments["before"])
        end = sum(1 for key in keys if (key > place if descending else key < place))
    end = max(start, end)
    return (start, min(end, start + size)) if forward else (max(start, end - size), end)


def cursor_text(wanted: str) -> str:
    try:
        return base64.urlsafe_b64decode(wanted.encode()).decode()
    except ValueError as error:
        raise refused("Invalid cursor for current pagination sort.") from error
