"""The door of the API: who may come in, over HTTP, as a stream, or over a websocket; then the executor."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL

from app.errors import Refused
from app.graphql.caller import Caller, Doorkeeper, connection_init
from app.graphql.context import Context
from app.graphql.loaders import loaders
from app.graphql.schema import make
from app.operations.stock import StockDesk
from app.shopify.session import RETRY_HEADERS, SessionCheck
from app.wiring import Core

PATH = "/graphql"
MOST_BYTES = 200_000
_LONGEST = timedelta(minutes=10)
"""No socket outlives who it was opened for by more than this: its client comes back and says who it is."""
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Api(GraphQL[Context, None]):
    """No queries by GET, no uploads, no batches, and no page for trying things out."""

    def __init__(self, core: Core, sessions: SessionCheck) -> None:
        super().__init__(
            make(),
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
        )
        self.core = core
        self.stock = StockDesk(core=core)
        self.door = Doorkeeper(database=core.database, sessions=sessions)

    def routes(self) -> list[BaseRoute]:
        return [Route(PATH, self, methods=["POST"]), WebSocketRoute(PATH, self)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Over HTTP everyone is asked who they are before a word of theirs is read."""
        if scope["type"] == "websocket":
            with suppress(TimeoutError):
                async with asyncio.timeout(_LONGEST.total_seconds()):
                    await super().__call__(scope, receive, send)
            return
        try:
            caller = await self.door.caller(Request(scope).headers.get("authorization"))
        except Refused as refusal:
            await refused(refusal)(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        await super().__call__(scope, _capped(receive), send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        caller: Caller | None = getattr(request.state, "caller", None)
        return context_of(self.core, self.stock, caller)

    async def on_ws_connect(self, context: Context) -> Any:
        """A websocket's first message says who it is."""
        try:
            context.known = await self.door.caller(connection_init(context.connection_params))
        except Refused as refusal:
            raise ConnectionRejectionError({"code": refusal.code}) from refusal
        return await super().on_ws_connect(context)

    async def execute_operation(self, *given: Any, **named: Any) -> Any:
        """From a task of its own, so that it begins on a shallow stack however deep the server's own calls are."""
        return await asyncio.create_task(super().execute_operation(*given, **named))

    def create_response(self, response_data: Any, sub_response: Response) -> Response:
        made = super().create_response(response_data, sub_response)
        made.headers.update(_HEADERS)
        return made


def context_of(core: Core, stock: StockDesk, caller: Caller | None) -> Context:
    made: Context = Context(
        core=core, stock=stock, known=caller, loaders=loaders(core.database, lambda: made.tenant)
    )
    return made


def refused(refusal: Refused) -> Response:
    """A 401, which App Bridge answers with a fresh session token where that may help; a 403 where nothing will."""
    body = {"errors": [{"message": refusal.sentence, "extensions": {"code": refusal.code}}]}
    if refusal.code == "shop.unknown":
        return JSONResponse(body, status_code=403, headers=_HEADERS)
    more = RETRY_HEADERS if refusal.code.startswith("session.") else {"WWW-Authenticate": "Bearer"}
    return JSONResponse(body, status_code=401, headers=_HEADERS | dict(more))


def _capped(receive: Receive) -> Receive:
    """The body, and a refusal once it is longer than any document needs to be."""
    read = 0

    async def capped() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MOST_BYTES:
            raise HTTPException(413, "The request is too large.")
        return message

    return capped
