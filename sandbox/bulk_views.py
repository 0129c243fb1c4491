"""Bulk operations as they are asked for: one by its id, a list by its state, the newest of a kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.clock import iso, now, parsed
from sandbox.gids import number_of
from sandbox.paging import page
from sandbox.search_query import compiled

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]
OPEN = ("CREATED", "RUNNING", "CANCELING")
_FILTERS: dict[str, Callable[[Any], Any]] = {
    "id": lambda o: number_of(o["id"]),
    "status": lambda o: o["status"],
    "operation_type": lambda o: o["type"],
    "type": lambda o: o["type"],
    "created_at": lambda o: parsed(o["createdAt"]),
    "completed_at": lambda o: parsed(o["completedAt"]) if o["completedAt"] else None,
}


def listed(
    request: Request, query: str | None = None, sortKey: str = "CREATED_AT", **arguments: Any
) -> Record:
    test, field = compiled(query, _FILTERS), "createdAt" if sortKey == "CREATED_AT" else "completedAt"
    found = [operation for operation in request.shop.bulk.values() if test(operation)]
    found.sort(key=lambda o: (o[field] or "", number_of(o["id"])))
    return page(found, arguments, kind="BulkOperation", key=lambda o: f"{o[field] or ''}|{o['id']}")


def current(request: Request, type: str = "QUERY") -> Record | None:
    return next((o for o in reversed(request.shop.bulk.values()) if o["type"] == type), None)


def stopped(operations: dict[str, Record]) -> None:
    """What ran when the process ended does not go on."""
    for operation in operations.values():
        if operation["status"] in OPEN:
            operation |= {"status": "FAILED", "errorCode": "INTERNAL_SERVER_ERROR", "completedAt": iso(now())}
