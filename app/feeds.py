"""The door for look-up tables that another system keeps: each has an address, and its keeper signs with a secret of its own.

Who is unknown, who signed wrongly and who sends an old message again get the same answer, and nothing was read of theirs.
"""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.errors import Refused, Throttled
from app.limits import Requests
from app.operations.table_feeds import Delivery, Taken
from app.signed import Secret, opened

_MOST_BYTES = 2_000_000

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
        sent = await opened(request, "feed", most=_MOST_BYTES, secret=self.secret, now=self.now())
        if isinstance(sent, Response):
            return sent
        json = request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"
        return await self._taken(sent.tenant, sent.id, Delivery(body=sent.body, json=json, signed_at=sent.at))

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
