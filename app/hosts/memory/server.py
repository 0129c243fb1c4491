"""The demo ERP's web server: a plausible small ERP over HTTP, with a control desk for faults where it is asked for."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import msgspec
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.hosts.memory import dispatch_calls, exchange
from app.hosts.memory.faults import CallCounts, Fault, FaultPlan, FaultSwitch, OrderedFault
from app.hosts.memory.ledger import Ledger
from app.hosts.memory.people_routes import Served, people_routes
from app.hosts.memory.posting import Refusal, decoded
from app.hosts.memory.shelves import Silence
from app.hosts.memory.wire import (
    Documents,
    Items,
    Line,
    NewDocument,
    Payment,
    Prices,
    Problem,
    Revision,
    Shelves,
    Status,
    Tiers,
    Wares,
)

Handler = Callable[[Request], Awaitable[Response]]
Change = Callable[[], object]
Prepare = Callable[["Desk", Request, bytes], Change]

_PAGE = 200
_SHELVES = 1_000
_MOST_BYTES = 2_000_000


@dataclass(kw_only=True)
class Desk:
    """The server's parts: its books, its key, and what may go wrong."""

    ledger: Ledger
    key: str
    latency: float = 0.0
    faults: FaultSwitch = field(default_factory=FaultSwitch)
    counts: CallCounts = field(default_factory=CallCounts)
    late: set[asyncio.Task[None]] = field(default_factory=set)


def build(desk: Desk, *, control: bool) -> Starlette:
    """The ASGI application; `control` adds the desk under /control."""
    routes = [
        Route("/v1/status", _read(desk, "status", _status)),
        Route("/v1/items", _read(desk, "items", lambda d, _: Items(items=tuple(d.ledger.items())))),
        Route("/v1/items", _write(desk, "items", _put_items), methods=["PUT"]),
        Route("/v1/products", _read(desk, "products", lambda d, r: d.ledger.assortment.page(r.query_params))),
        Route(
            "/v1/products/{group}",
            _read(desk, "product", lambda d, r: d.ledger.assortment.group(r.path_params["group"])),
        ),
        Route("/v1/stock", _read(desk, "stock", _stock)),
        Route("/v1/prices", _read(desk, "prices", lambda d, r: d.ledger.tariff.asked(r.query_params))),
        Route("/v1/tiers", _read(desk, "tiers", lambda d, _: Tiers(tiers=tuple(d.ledger.tariff.tiers())))),
        Route("/v1/warehouses", _read(desk, "warehouses", lambda d, _: d.ledger.shelves.named())),
        *people_routes(desk.ledger, _served(desk)),
        Route("/v1/documents", _read(desk, "find", _listed)),
        Route("/v1/documents/{id:int}", _read(desk, "get", lambda d, r: d.ledger.get(_id(r)))),
        Route("/v1/documents/{id:int}", _write(desk, "discard", _discard), methods=["DELETE"]),
        Route("/v1/sales-orders", _write(desk, "create", _create("sales_order")), methods=["POST"]),
        Route("/v1/cash-sales", _write(desk, "create", _create("cash_sale")), methods=["POST"]),
        Route("/v1/documents/{id:int}/lines", _write(desk, "line", _put_line), methods=["PUT"]),
        Route("/v1/documents/{id:int}/contents", _write(desk, "revise", _revise), methods=["PUT"]),
        Route("/v1/documents/{id:int}/confirm", _write(desk, "confirm", _confirm), methods=["POST"]),
        Route("/v1/changes", _read(desk, "changes", _changed)),
        Route("/v1/documents/{id:int}/ship", _write(desk, "ship", _ship), methods=["POST"]),
        Route("/v1/documents/{id:int}/invoice", _write(desk, "invoice", _invoice), methods=["POST"]),
        Route("/v1/documents/{id:int}/payments", _write(desk, "payment", _pay("payment")), methods=["POST"]),
        Route("/v1/documents/{id:int}/deposits", _write(desk, "deposit", _pay("deposit")), methods=["POST"]),
        Route(
            "/v1/documents/{id:int}/credits", _write(desk, "credit", _credit("credit_memo")), methods=["POST"]
        ),
        Route(
            "/v1/documents/{id:int}/cash-refunds",
            _write(desk, "credit", _credit("cash_refund")),
            methods=["POST"],
        ),
        Route("/v1/documents/{id:int}/post", _write(desk, "post", _post), methods=["POST"]),
        Route("/v1/documents/{id:int}/refunds", _write(desk, "refund", _pay("refund")), methods=["POST"]),
        Route("/v1/documents/{id:int}/cancel", _write(desk, "cancel", _cancel), methods=["POST"]),
        *dispatch_calls.routes(desk, _read, _write),
        *exchange.routes(desk, _read),
    ]
    return Starlette(routes=[*routes, *(_control_routes(desk) if control else [])])


def _served(desk: Desk) -> Served:
    return Served(
        read=lambda verb, look: _read(desk, verb, lambda _, request: look(request)),
        write=lambda verb, change: _write(desk, verb, lambda _, r, body: partial(change, r, body)),
        seek=lambda verb, look: _write(desk, verb, lambda _, r, body: partial(look, body), writes=False),
    )


# --- the ERP ---------------------------------------------------------------------------------------------------------


def _status(desk: Desk, _request: Request) -> Status:
    rules = desk.ledger.rules
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return Status(company="Demo ERP", version="1", time=now, fence=rules.fence, tax=rules.tax)


def _listed(desk: Desk, request: Request) -> Documents:
    query = request.query_params
    try:
        after, limit = int(query.get("after") or 0), min(int(query.get("limit") or _PAGE), _PAGE)
    except ValueError as cause:
        raise Refusal(422, "query.invalid", "`after` and `limit` are whole numbers.") from cause
    found = desk.ledger.listed(dict(query), after=after, limit=limit)
    return Documents(documents=tuple(found), next=found[-1].id if found and len(found) == limit else None)


def _changed(desk: Desk, request: Request) -> Documents:
    """Without `after` only what changed last, whose `changed` is where to go on."""
    after = request.query_params.get("after")
    if after is not None and not after.isdigit():
        raise Refusal(422, "query.invalid", "`after` is a whole number.")
    found = desk.ledger.changed(int(after) if after is not None else None, _PAGE)
    more = after is not None and len(found) == _PAGE
    return Documents(documents=tuple(found), next=found[-1].changed if more else None)


def _stock(desk: Desk, request: Request) -> Shelves:
    query = request.query_params
    try:
        limit = min(int(query.get("limit") or _SHELVES), _SHELVES)
    except ValueError as cause:
        raise Refusal(422, "query.invalid", "`limit` is a whole number.") from cause
    items = query.getlist("item")
    if items:
        return Shelves(shelves=tuple(desk.ledger.shelves.of(items)))
    return desk.ledger.shelves.page(query.get("after") or "", limit)


def _create(kind: str) -> Prepare:
    def prepare(desk: Desk, _request: Request, body: bytes) -> Change:
        document = decoded(body, NewDocument)
        return lambda: desk.ledger.create(kind, document)

    return prepare


def _credit(kind: str) -> Prepare:
    def prepare(desk: Desk, request: Request, body: bytes) -> Change:
        document = decoded(body, NewDocument)
        return lambda: desk.ledger.credit(_id(request), kind, document)

    return prepare


def _post(desk: Desk, request: Request, _body: bytes) -> Change:
    return lambda: desk.ledger.post(_id(request))


def _put_line(desk: Desk, request: Request, body: bytes) -> Change:
    line = decoded(body, Line)
    return lambda: desk.ledger.put_line(_id(request), line)


def _revise(desk: Desk, request: Request, body: bytes) -> Change:
    revision = decoded(body, Revision)
    return lambda: desk.ledger.revise(_id(request), revision)


def _pay(kind: str) -> Prepare:
    def prepare(desk: Desk, request: Request, body: bytes) -> Change:
        payment = msgspec.structs.replace(decoded(body, Payment), kind=kind)
        return lambda: desk.ledger.pay(_id(request), payment)

    return prepare


def _confirm(desk: Desk, request: Request, _body: bytes) -> Change:
    return lambda: desk.ledger.confirm(_id(request))


def _ship(desk: Desk, request: Request, _body: bytes) -> Change:
    return lambda: desk.ledger.ship(_id(request))


def _invoice(desk: Desk, request: Request, _body: bytes) -> Change:
    return lambda: desk.ledger.invoice(_id(request))


def _cancel(desk: Desk, request: Request, _body: bytes) -> Change:
    return lambda: desk.ledger.cancel(_id(request))


def _discard(desk: Desk, request: Request, _body: bytes) -> Change:
    return lambda: desk.ledger.discard(_id(request))


def _put_items(desk: Desk, _request: Request, body: bytes) -> Change:
    items = decoded(body, Items).items
    return lambda: desk.ledger.put_items(items)


# --- how a call is served, faults included ---------------------------------------------------------------------------


def _read(desk: Desk, verb: str, look: Callable[[Desk, Request], object]) -> Handler:
    async def handle(request: Request) -> Response:
        return await _serve(desk, request, verb, lambda: look(desk, request), writes=False)

    return handle


def _write(desk: Desk, verb: str, prepare: Prepare, *, writes: bool = True) -> Handler:
    async def handle(request: Request) -> Response:
        if int(request.headers.get("content-length") or 0) > _MOST_BYTES:
            return _problem(Refusal(413, "body.too_large", "The body is too large."))
        body = await request.body()
        return await _serve(desk, request, verb, lambda: prepare(desk, request, body)(), writes=writes)

    return handle


async def _serve(desk: Desk, request: Request, verb: str, action: Change, *, writes: bool) -> Response:
    if not hmac.compare_digest(
        request.headers.get("authorization", "").encode(), f"Bearer {desk.key}".encode()
    ):
        return _problem(Refusal(401, "key.refused", "The key is not valid."))
    with desk.counts.call(verb, writes=writes):
        await asyncio.sleep(desk.latency)
        fault = desk.faults.draw(verb, writes=writes)
        return _answered(desk, action) if fault is None else await _faulty(desk, request, action, fault)


async def _faulty(desk: Desk, request: Request, action: Change, fault: Fault) -> Response:
    plan = desk.faults.plan
    match fault:
        case Fault.ERROR:
            return Response("<html>Bad gateway</html>", 502, media_type="text/html")
        case Fault.THROTTLE:
            return Response(b"{}", 429, headers={"retry-after": f"{plan.retry_after:g}"})
        case Fault.SLOW:
            await asyncio.sleep(plan.slow)
            return _answered(desk, action)
        case Fault.LATE:
            _later(desk, action, desk.faults.random.uniform(0, plan.late_most))
        case Fault.TIMEOUT_AFTER | Fault.LOST_AFTER:
            _answered(desk, action)
        case Fault.TIMEOUT_BEFORE | Fault.LOST_BEFORE:
            pass
    if fault in {Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER}:
        await _until_they_hang_up(request, plan.hang)
    return _Lost()


def _answered(desk: Desk, action: Change) -> Response:
    try:
        made = action()
    except Refusal as refusal:
        return _problem(refusal, desk)
    return _json(made) if made is not None else Response(status_code=204)


def _later(desk: Desk, action: Change, seconds: float) -> None:
    async def commit() -> None:
        await asyncio.sleep(seconds)
        _answered(desk, action)

    task = asyncio.create_task(commit())
    desk.late.add(task)
    task.add_done_callback(desk.late.discard)


async def _until_they_hang_up(request: Request, most: float) -> None:
    try:
        async with asyncio.timeout(most):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass


class _Lost(Response):
    """An answer that never arrives whole: the connection closes inside it."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


def _problem(refusal: Refusal, desk: Desk | None = None) -> Response:
    problem = Problem(code=refusal.code, sentence=refusal.sentence, item=refusal.item)
    return _json(desk.ledger.shown(problem, refusal) if desk else problem, refusal.status)


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def _id(request: Request) -> int:
    return int(request.path_params["id"])


# --- the control desk ------------------------------------------------------------------------------------------------


def _control_routes(desk: Desk) -> list[Route]:
    async def state(_request: Request) -> Response:
        return _json(
            {**desk.counts.shown(), "injected": dict(desk.faults.injected), "late_open": len(desk.late)}
        )

    async def faults(request: Request) -> Response:
        desk.faults.set(decoded(await request.body(), FaultPlan))
        return Response(status_code=204)

    async def ordered(request: Request) -> Response:
        desk.faults.order(decoded(await request.body(), OrderedFault))
        return Response(status_code=204)

    async def wipe(_request: Request) -> Response:
        desk.ledger.wipe()
        desk.counts = CallCounts()
        return Response(status_code=204)

    async def stock(request: Request) -> Response:
        if request.method == "GET":
            return _json(_stock(desk, request))
        shelves = decoded(await request.body(), Shelves).shelves
        (desk.ledger.shelves.put if request.method == "PUT" else desk.ledger.shelves.move)(shelves)
        return Response(status_code=204)

    async def silence(request: Request) -> Response:
        wanted = decoded(await request.body(), Silence)
        desk.ledger.shelves.silence = wanted.stock or desk.ledger.shelves.silence
        desk.ledger.tariff.silence = wanted.prices or desk.ledger.tariff.silence
        desk.ledger.assortment.silence = wanted.products or desk.ledger.assortment.silence
        return Response(status_code=204)

    async def documents(request: Request) -> Response:
        return _json(_listed(desk, request))

    tariff, assortment = desk.ledger.tariff, desk.ledger.assortment
    prices = _kept(tariff.asked, lambda body: tariff.put(decoded(body, Prices).prices))
    products = _kept(assortment.page, lambda body: assortment.put(decoded(body, Wares).wares))

    return [
        Route("/control/state", _guarded(desk, state)),
        Route("/control/documents", _guarded(desk, documents)),
        Route("/control/stock", _guarded(desk, stock), methods=["GET", "PUT", "PATCH"]),
        Route("/control/prices", _guarded(desk, prices), methods=["GET", "PUT"]),
        Route("/control/products", _guarded(desk, products), methods=["GET", "PUT"]),
        *exchange.control(desk, _kept, _guarded),
        Route("/control/silence", _guarded(desk, silence), methods=["POST"]),
        Route("/control/faults", _guarded(desk, faults), methods=["POST"]),
        Route("/control/next", _guarded(desk, ordered), methods=["POST"]),
        Route("/control/wipe", _guarded(desk, wipe), methods=["POST"]),
    ]


def _kept(look: Callable[[QueryParams], object], put: Callable[[bytes], None]) -> Handler:
    async def handle(request: Request) -> Response:
        if request.method == "GET":
            return _json(look(request.query_params))
        put(await request.body())
        return Response(status_code=204)

    return handle


def _guarded(desk: Desk, handler: Handler) -> Handler:
    async def handle(request: Request) -> Response:
        if not hmac.compare_digest(
            request.headers.get("authorization", "").encode(), f"Bearer {desk.key}".encode()
        ):
            return _problem(Refusal(401, "key.refused", "The key is not valid."))
        try:
            return await handler(request)
        except Refusal as refusal:
            return _problem(refusal)

    return handle
