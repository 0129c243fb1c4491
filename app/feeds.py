"""The door for look-up tables that another system keeps: each has an address, and its keeper signs with a secret of its own.

Who is unknown, who signed wrongly and who sends an old message again get the same answer, and nothing was read of theirs.
"""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.crypto import vouched_for
from app.errors import Refused, Throttled
from app.limits import Requests
from app.operations.table_feeds import Delivery, Taken

_MOST_BYTES = 2_000_000
_NOBODY = b"\0" * 32

Secret = Callable[[UUID], Awaitable[tuple[UUID, bytes] | None]]
"""The tenant and the secret behind a feed's address, None for one that nobody has."""
Take = Callable[[UUID, UUID, Delivery], Awaitable[Taken]]


@dataclass(frozen=True, kw_only=True)
class TableFeeds:
    """CSV, or a JSON object of keys and values, signed as an ERP's events are."""

    secret: Secret
    take: Take
    requests: Requests
    now: Callable[[], float] = time.time

    def routes(self) -> list[Route]:
        return [Route("/feeds/{feed:uuid}", self.receive, methods=["POST"])]

    async def receive(self, request: Request) -> Response:
        """Answers 200 only once the version is in force, and 422 with why where nothing was changed."""
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413, headers={"connection": "close"})
        feed = UUID(str(request.path_params["feed"]))
        found = await self.secret(feed)
        at = request.headers.get("x-stockbridge-timestamp", "")
        told = request.headers.get("x-stockbridge-signature", "")
        secret = found[1] if found else _NOBODY
        if not vouched_for(body=body, at=at, told=told, secret=secret, now=self.now()) or found is None:
            return Response(status_code=401)
        json = request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"
        return await self._taken(found[0], feed, Delivery(body=body, json=json, signed_at=int(at)))

    async def _taken(self, tenant: UUID, feed: UUID, delivery: Delivery) -> Response:
        try:
            await self.requests.take(f"feed:{feed}")
            taken = await self.take(tenant, feed, delivery)
        except Throttled as error:
            seconds = math.ceil(error.after.total_seconds()) if error.after else 1
            return Response(status_code=429, headers={"Retry-After": str(max(1, seconds))})
        except Refused as error:
            status = 409 if error.code == "feed.overtaken" else 422
            return JSONResponse({"code": error.code, "sentence": error.sentence}, status_code=status)
        return JSONResponse(asdict(taken))


async def _body(request: Request) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > _MOST_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)
