"""The door for an ERP's own events: each connection has an address, and its ERP signs with a secret made for it.

An event says only that something moved, so nothing of its body is kept: the connection's next turn comes at once. Who is
unknown, who signed wrongly and who sends an old message again get the same answer.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from app.crypto import vouched_for

_MOST_BYTES = 65_536
_NOBODY = b"\0" * 32

Hook = Callable[[UUID], Awaitable[tuple[UUID, bytes] | None]]
"""The tenant and the secret behind a connection's address, None for one that nobody has."""


@dataclass(frozen=True, kw_only=True)
class ErpHooks:
    """Signed as `crypto.vouched_for` says, in the headers `X-Stockbridge-Timestamp` and `X-Stockbridge-Signature`."""

    hook: Hook
    hint: Callable[[UUID, UUID], Awaitable[None]]
    now: Callable[[], float] = time.time

    def routes(self) -> list[Route]:
        return [Route("/hooks/{connection:uuid}", self.receive, methods=["POST"])]

    async def receive(self, request: Request) -> Response:
        """Answers 200 only once the turn is due in the database."""
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413, headers={"connection": "close"})
        connection = UUID(str(request.path_params["connection"]))
        found = await self.hook(connection)
        secret = found[1] if found else _NOBODY
        if not self._vouched_for(request, body, secret) or found is None:
            return Response(status_code=401)
        await self.hint(found[0], connection)
        return Response(status_code=200)

    def _vouched_for(self, request: Request, body: bytes, secret: bytes) -> bool:
        return vouched_for(
            body=body,
            at=request.headers.get("x-stockbridge-timestamp", ""),
            told=request.headers.get("x-stockbridge-signature", ""),
            secret=secret,
            now=self.now(),
        )


async def _body(request: Request) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > _MOST_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)
