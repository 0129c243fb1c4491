"""The demo ERP's calls about shipments: sent, corrected, called off, listed since a revision."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.hosts.memory.posting import Refusal
from app.hosts.memory.wire import Correction, NewShipment, Shipment, Shipments

if TYPE_CHECKING:
    from app.hosts.memory.server import Desk

T = TypeVar("T")
Served = Callable[[Request], Awaitable[Response]]

_PAGE = 200


def routes(desk: Desk, read: Callable[..., Served], write: Callable[..., Served]) -> list[Route]:
    """`read` and `write` serve a call as all others are served."""
    return [
        Route("/v1/documents/{id:int}/shipments", write(desk, "ship", send), methods=["POST"]),
        Route("/v1/documents/{id:int}/shipments", read(desk, "dispatched", of_document)),
        Route("/v1/shipments", read(desk, "shipments", listed)),
        Route("/v1/shipments/{id:int}", read(desk, "shipment", one)),
        Route("/v1/shipments/{id:int}/track", write(desk, "track", correct), methods=["PUT"]),
        Route("/v1/shipments/{id:int}/cancel", write(desk, "recall", cancel), methods=["POST"]),
    ]


def listed(desk: Desk, request: Request) -> Shipments:
    query = request.query_params
    try:
        after, limit = int(query.get("after") or 0), min(int(query.get("limit") or _PAGE), _PAGE)
    except ValueError as cause:
        raise Refusal(422, "query.invalid", "`after` and `limit` are whole numbers.") from cause
    return desk.ledger.dispatch.page(after=after, since=query.get("since") or "", limit=limit)


def of_document(desk: Desk, request: Request) -> Shipments:
    """All of one document, which are never many."""
    return Shipments(shipments=tuple(desk.ledger.dispatch.of(_id(request))), last=0)


def one(desk: Desk, request: Request) -> Shipment:
    return desk.ledger.dispatch.get(_id(request))


def send(desk: Desk, request: Request, body: bytes) -> Callable[[], object]:
    wanted = _decoded(body, NewShipment)

    def leave() -> Shipment:
        """With the last of its goods the document itself has been shipped."""
        ledger, document = desk.ledger, desk.ledger.get(_id(request))
        made = ledger.dispatch.send(document, wanted)
        if document.status in {"confirmed", "invoiced"} and not ledger.dispatch.has_left(document):
            ledger.ship(document.id)
        return made

    return leave


def correct(desk: Desk, request: Request, body: bytes) -> Callable[[], object]:
    wanted = _decoded(body, Correction)
    return lambda: desk.ledger.dispatch.correct(_id(request), wanted)


def cancel(desk: Desk, request: Request, _body: bytes) -> Callable[[], object]:
    return lambda: desk.ledger.dispatch.cancel(_id(request))


def _decoded(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeError) as cause:
        raise Refusal(422, "body.invalid", f"The body is not what this call takes: {cause}") from cause


def _id(request: Request) -> int:
    return int(request.path_params["id"])
