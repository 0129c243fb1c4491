"""The door of the API: who may come in, over HTTP, as a stream, or over a websocket; then the executor."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from cross_web import HTTPException
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL

from app.errors import Refused, Retry, Throttled
from app.graphql.answers import away, masked, told
from app.graphql.caller import Caller, Doorkeeper, connection_init
from app.graphql.context import Context, Watching
from app.graphql.documents import PERSISTED, Documents
from app.graphql.loaders import loaders
from app.graphql.request_keys import HEADER
from app.graphql.schema import make
from app.graphql.sockets import MOST_AT_ONCE, Socket
from app.limits import Left
from app.models.database import AWAY
from app.operations.stock import StockDesk
from app.shopify.roster import Roster
from app.shopify.session import RETRY_HEADERS, SessionCheck
from app.wiring import Core

PATH = "/graphql"
MOST_BYTES = 2_000_000
"""A look-up table of ten thousand rows comes in one request; no document is nearly as long (`limits.TOKENS`)."""
_LONGEST = timedelta(minutes=10)
"""No socket outlives who it was opened for by more than this: its client comes back and says who it is."""
_PATIENCE = timedelta(seconds=15)
"""How long the database may take to say who a caller is."""
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Api(GraphQL[Context, None]):
    """No queries by GET, no uploads, no batches; the page for trying things out is somewhere else."""

    graphql_transport_ws_handler_class = Socket

    def __init__(self, core: Core, sessions: SessionCheck, *, page: Path) -> None:
        """`page`: the folder that the page was built into."""
        super().__init__(
            make(introspection=core.settings.api_introspection),
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            max_subscriptions_per_connection=MOST_AT_ONCE,
        )
        self.core = core
        self.stock = StockDesk(core=core)
        self.watching = Watching()
        persisted = core.settings.api_page_documents == PERSISTED
        self.documents = Documents.found(page) if persisted else None
        roster = Roster(database=core.database, vault=core.vault, ask=core.installer.endpoint.staff_user)
        self.door = Doorkeeper(
            database=core.database, sessions=sessions, roster=roster, requests=core.requests
        )

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
            caller = await self._caller(Request(scope).headers.get("authorization"))
            left = await self.door.counted(caller)
        except (Refused, Retry) as refusal:
            await refused(refusal)(scope, receive, _telling(send, self._none_left(refusal)))
            return
        scope.setdefault("state", {})["caller"] = caller
        await super().__call__(scope, _capped(receive), _telling(send, left))

    async def known(self, authorization: str | None) -> Caller:
        """Who asks at a door beside this one: counted like any other request."""
        caller = await self._caller(authorization)
        await self.door.counted(caller)
        return caller

    def _none_left(self, refusal: Refused | Retry) -> Left | None:
        return self.core.requests.left(0) if isinstance(refusal, Throttled) else None

    async def _caller(self, authorization: str | None) -> Caller:
        """Raises Retry while the database does not answer."""
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                return await self.door.caller(authorization)
        except AWAY as cause:
            raise away(cause) from cause

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        caller: Caller | None = getattr(request.state, "caller", None)
        key = request.headers.get(HEADER) if isinstance(request, Request) else None
        return context_of(self, caller, key, alone=isinstance(request, Request))

    async def on_ws_connect(self, context: Context) -> Any:
        """A websocket's first message says who it is."""
        try:
            context.known = await self._caller(connection_init(context.connection_params))
            await context.counted()
        except (Refused, Retry) as refusal:
            raise ConnectionRejectionError(dict(told(refusal))) from refusal
        return await super().on_ws_connect(context)

    async def execute_operation(self, *given: Any, **named: Any) -> Any:
        """From a task of its own, so that it begins on a shallow stack however deep the server's own calls are."""
        return await asyncio.create_task(super().execute_operation(*given, **named))

    async def process_result(self, request: Any, result: Any) -> Any:
        """What went wrong before anything ran, of ours too, has its code."""
        if result.errors:
            result.errors = [
                error if "code" in (error.extensions or {}) else masked(error) for error in result.errors
            ]
        return await super().process_result(request, result)

    def decode_json(self, data: str | bytes) -> object:
        """What is nested without end, or holds a number that nobody reads, is no JSON either."""
        try:
            return super().decode_json(data)
        except (RecursionError, ValueError) as cause:
            raise JSONDecodeError("It can't be read.", "", 0) from cause

    def create_response(self, response_data: Any, sub_response: Response) -> Response:
        made = super().create_response(response_data, sub_response)
        made.headers.update(_HEADERS)
        return made


def context_of(api: Api, caller: Caller | None, key: str | None = None, *, alone: bool = False) -> Context:
    made: Context = Context(
        core=api.core,
        stock=api.stock,
        known=caller,
        watching=api.watching,
        count=api.door.counted,
        still=api.door.still,
        loaders=loaders(api.core.database, lambda: made.tenant, lambda: made.reads),
        key=key,
        documents=api.documents,
        alone=alone,
    )
    return made


def refused(refusal: Refused | Retry) -> Response:
    """Why nobody came in, as a GraphQL error under the status that says what may help."""
    body = {"errors": [{"message": refusal.sentence, "extensions": dict(told(refusal))}]}
    status, more = _status(refusal)
    return JSONResponse(body, status_code=status, headers=_HEADERS | dict(more))


def _status(refusal: Refused | Retry) -> tuple[int, Mapping[str, str]]:
    """App Bridge answers a session's 401 with a fresh token; nothing helps a 403; 429 and 503 say how long to wait."""
    if isinstance(refusal, Retry):
        seconds = math.ceil(refusal.after.total_seconds()) if refusal.after else 1
        return 429 if isinstance(refusal, Throttled) else 503, {"Retry-After": str(max(1, seconds))}
    if refusal.code == "shop.unknown":
        return 403, {}
    return 401, RETRY_HEADERS if refusal.code.startswith("session.") else {"WWW-Authenticate": "Bearer"}


def _telling(send: Send, left: Left | None) -> Send:
    """What a tool has left of its requests goes with every answer, so that it may slow down before it is refused."""
    if left is None:
        return send
    told = {"RateLimit-Limit": left.most, "RateLimit-Remaining": left.now, "RateLimit-Reset": left.full_in}

    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update({name: str(value) for name, value in told.items()})
        await send(message)

    return telling


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
