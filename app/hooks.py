"""The door for an ERP's own events: each connection has an address, and its ERP signs with a secret made for it.

An event says only that something moved, so nothing of its body is kept: the connection's next turn comes at once. Who is
unknown, who signed wrongly and who sends an old message again get the same answer.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.signed import Secret, opened

_MOST_BYTES = 65_536


@dataclass(frozen=True, kw_only=True)
class ErpHooks:
    """Signed as `crypto.vouched_for` says, in the headers `X-Stockbridge-Timestamp` and `X-Stockbridge-Signature`."""

    hook: Secret
    hint: Callable[[UUID, UUID], Awaitable[None]]
    now: Callable[[], float] = time.time

    def routes(self) -> list[Route]:
        return [Route("/hooks/{connection:uuid}", self.receive, methods=["POST"])]

    async def receive(self, request: Request) -> Response:
        """Answers 200 only once the turn is due in the database."""
        event = await opened(request, "connection", most=_MOST_BYTES, secret=self.hook, now=self.now())
        if isinstance(event, Response):
            return event
        await self.hint(event.tenant, event.id)
        return Response(status_code=200)
