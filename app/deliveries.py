"""The door for events of platforms that have a form: each shop has an address of its own and signs with its own secret.

Raw bytes in, the platform's own check of the signature, one Event to the inbox, then 200. Who is unknown and who signed
wrongly get the same answer.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from app.errors import Refused, Retry
from app.inbox import Event
from app.models.entered_shops import domain_of
from app.ports import StoreSpec
from app.signed import bounded

_KNOWN_FOR = 10.0
_MOST_KNOWN = 10_000
_LONGEST_NAME = 200

Entered = Callable[[str], Awaitable[Mapping[str, str] | None]]
"""The credentials of a shop by its domain, None for one that is unknown."""


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """Answers 200 only after `receive` has the event; 401, 413 and 503 store nothing."""

    stores: Mapping[str, StoreSpec]
    entered: Entered
    receive: Callable[[Event], Awaitable[None]]
    most_bytes: int
    _known: dict[str, tuple[float, Mapping[str, str] | None]] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        """None where no platform sends events this way."""
        if not any(spec.delivery for spec in self.stores.values()):
            return []
        return [Route("/events/{platform}/{shop}", self.deliver, methods=["POST"])]

    async def deliver(self, request: Request) -> Response:
        try:
            body = await bounded(request, self.most_bytes)
            if body is None:
                return Response(status_code=413, headers={"connection": "close"})
            event = await self._event(request, body)
            if event is not None:
                await self.receive(event)
        except ClientDisconnect:
            return Response(status_code=400)
        except Refused:
            return Response(status_code=401)
        except Retry:
            return Response(status_code=503, headers={"retry-after": "5"})
        return Response(status_code=200)

    async def _event(self, request: Request, body: bytes) -> Event | None:
        """The verified event, None for a topic nobody follows. Raises Refused for anything that is not vouched for."""
        spec = self.stores.get(request.path_params["platform"])
        domain = domain_of(request.path_params["platform"], request.path_params["shop"])
        if spec is None or spec.delivery is None or len(domain) > _LONGEST_NAME:
            raise _refused()
        credentials = await self._credentials(domain)
        if credentials is None:
            raise _refused()
        told = spec.delivery(credentials, dict(request.headers), body)
        if told.topic not in spec.topics:
            return None
        return Event(
            shop_domain=domain, topic=told.topic, webhook_id=told.id, body=told.body, triggered_at=told.at
        )

    async def _credentials(self, domain: str) -> Mapping[str, str] | None:
        """Remembered for a few seconds, unknown shops too, so that a flood of events is no flood of queries."""
        until, known = self._known.get(domain, (0.0, None))
        if until < time.monotonic():
            known = await self.entered(domain)
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            self._known[domain] = time.monotonic() + _KNOWN_FOR, known
        return known


def _refused() -> Refused:
    return Refused("delivery.refused", "The message is not signed by a shop we know.")
