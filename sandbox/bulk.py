"""Bulk operations: five of each kind at a time, run beside everything else, their result a file of JSON lines."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from sandbox import bulk_mutation, bulk_query, stock_bodies
from sandbox.bulk_views import OPEN
from sandbox.clock import iso, now
from sandbox.gids import number_of
from sandbox.staged_uploads import publish

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]
Lines = Iterator[bulk_query.Line]
AT_A_TIME = 5


def run_mutation(request: Request, mutation: str, stagedUploadPath: str, **_: Any) -> Record:
    found = bulk_mutation.refusal(request, mutation, stagedUploadPath) or _busy(
        request, "MUTATION", stagedUploadPath
    )
    if found:
        return _payload("BulkOperationRunMutation", None, _error("BulkMutationUserError", *found))
    operation = _made(request, "MUTATION", mutation) | {"_source": stagedUploadPath}
    _start(request, operation, bulk_mutation.lines(request, mutation, stagedUploadPath))
    return _payload("BulkOperationRunMutation", operation)


def run_query(request: Request, query: str, groupObjects: bool = False) -> Record:
    found = bulk_query.refusal(request, query) or _busy(request, "QUERY", query)
    if found:
        return _payload("BulkOperationRunQuery", None, _error("BulkOperationUserError", *found))
    operation = _made(request, "QUERY", query) | {"_source": query}
    operation["_denied"] = bulk_query.closed(request, query)
    _start(request, operation, bulk_query.lines(request, query, grouped=groupObjects))
    return _payload("BulkOperationRunQuery", operation)


def cancel(request: Request, id: str) -> Record:
    operation = request.shop.bulk.get(id)
    message = None if operation else "Bulk operation does not exist"
    if operation and operation["status"] not in OPEN:
        message = f"A bulk operation cannot be canceled when it is {operation['status'].lower()}"
    if operation and not message:
        operation["status"] = "CANCELING"
    error = {"__typename": "UserError", "field": ["id"], "message": message} if message else None
    return _payload("BulkOperationCancel", operation, error)


def _busy(request: Request, kind: str, source: str) -> tuple[str, str, str] | None:
    running = [o for o in request.shop.bulk.values() if o["type"] == kind and o["status"] in OPEN]
    if any(operation["_source"] == source for operation in running):
        gid = next(o["id"] for o in running if o["_source"] == source)
        return "OPERATION_IN_PROGRESS", f"This bulk operation is already in progress: {gid}", ""
    if len(running) >= AT_A_TIME:
        return "LIMIT_REACHED", f"At most {AT_A_TIME} bulk operations of a kind may run at a time.", ""
    return None


def _made(request: Request, kind: str, text: str) -> Record:
    return {
        "__typename": "BulkOperation",
        "id": request.world.minter.gid("BulkOperation"),
        "type": kind,
        "status": "CREATED",
        "errorCode": None,
        "createdAt": iso(now()),
        "completedAt": None,
        "objectCount": "0",
        "rootObjectCount": "0",
        "fileSize": None,
        "url": None,
        "partialDataUrl": None,
        "query": text,
        "_denied": False,
    }


def _start(request: Request, operation: Record, lines: Lines) -> None:
    shop = request.shop
    shop.bulk[operation["id"]] = shop.objects[operation["id"]] = operation
    orders = request.world.bulk_orders
    order = next((o for o in orders if o.get("type") in (None, operation["type"])), {})
    if order:
        orders.remove(order)
    request.world.background(_run(request, operation, lines, order))


async def _run(request: Request, operation: Record, lines: Lines, order: Record) -> None:
    """`order` may hold `start_seconds`, `seconds_per_line`, `fail_after` (lines) and `code`."""
    done: list[bulk_query.Line] = []
    try:
        await asyncio.sleep(float(order.get("start_seconds", 0.02)))
        if operation["status"] == "CREATED":
            operation["status"] = "RUNNING"
        end = await _work(request, operation, lines, order, done)
    except Exception:
        end = ("FAILED", "INTERNAL_SERVER_ERROR")
        await request.world.run(_finish, request, operation, done, end)
        raise
    await request.world.run(_finish, request, operation, done, end)


async def _work(
    request: Request, operation: Record, lines: Lines, order: Record, done: list[bulk_query.Line]
) -> tuple[str, str | None]:
    pause, most = float(order.get("seconds_per_line", 0)), order.get("fail_after")
    at_once = 1 if operation["type"] == "MUTATION" or pause else 500
    if operation["_denied"]:
        return "FAILED", "ACCESS_DENIED"
    while operation["status"] != "CANCELING":
        room = at_once if most is None else min(at_once, int(most) - len(done))
        if room <= 0:
            return "FAILED", str(order.get("code", "INTERNAL_SERVER_ERROR"))
        batch: list[bulk_query.Line] = await request.world.run(list, islice(lines, room))
        if not batch:
            return "COMPLETED", None
        done += batch
        operation["objectCount"] = str(len(done))
        operation["rootObjectCount"] = str(sum(line.root for line in done))
        if pause:
            await asyncio.sleep(pause * len(batch))
    return "CANCELED", None


def _finish(
    request: Request, operation: Record, done: list[bulk_query.Line], end: tuple[str, str | None]
) -> None:
    world, shop = request.world, request.shop
    texts = [line.text for line in done]
    if operation["type"] == "MUTATION":
        random.Random(number_of(operation["id"])).shuffle(texts)
    content = b"\n".join(texts) + (b"\n" if texts else b"")
    status, code = end
    if texts:
        name = f"bulk-{number_of(operation['id'])}.jsonl"
        url = publish(world, shop, request.address, name, content)
        operation["url" if status == "COMPLETED" else "partialDataUrl"] = url
        operation["fileSize"] = str(len(content))
    operation |= {"status": status, "errorCode": code, "completedAt": iso(now())}
    world.emit(shop, "bulk_operations/finish", stock_bodies.bulk_body(operation))


def _error(kind: str, code: str, message: str, field: str) -> Record:
    return {"__typename": kind, "code": code, "message": message, "field": [field] if field else None}


def _payload(kind: str, operation: Record | None, *errors: Record | None) -> Record:
    found = [error for error in errors if error]
    return {"__typename": f"{kind}Payload", "bulkOperation": operation, "userErrors": found}
