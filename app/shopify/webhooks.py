"""The door for Shopify's webhooks: raw bytes in, signature checked, one typed Event to the inbox, then 200.

The official package is not used here: it takes the body as text, answers 400 to a missing signature and fails on a
signature that is not ASCII. This is a bare ASGI endpoint because every event of every shop passes through it.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import Refused, Retry
from app.inbox import Event
from app.shopify.addresses import shop_name

_OLD, _NEW = b"x-shopify-", b"shopify-"
"""The two header families; a message is read from the one that carries its signature, never from a mixture."""

_PATH = "/webhooks/"
_LONGEST_HEADER = 255
_RESULTS = {200: "stored", 400: "malformed", 401: "refused", 405: "refused", 413: "oversized", 503: "busy"}
_RETRY_AFTER = (b"retry-after", b"5")


class Intake(Protocol):
    """What the inbox is to this door."""

    async def receive(self, event: Event) -> None:
        """Returns once the event is durable; a repeat returns too. Retry: overloaded, Shopify shall send it again."""
        ...


class TooLarge(Exception):
    """The body passed the cap; the rest of it was not read."""


@dataclass(frozen=True, kw_only=True)
class Webhooks:
    """Answers 200 only after `intake` has the event; 401, 413, 400 and 503 store nothing.

    `count` is told of each: `stored`, `refused`, `oversized`, `malformed` or `busy`.
    """

    secrets: Sequence[bytes] = field(repr=False)
    intake: Intake
    most_bytes: int
    count: Callable[[str], None] = lambda result: None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, headers = await self._handle(scope, receive)
        self.count(_RESULTS[status])
        await _answer(send, status, headers)

    async def _handle(self, scope: Scope, receive: Receive) -> tuple[int, tuple[tuple[bytes, bytes], ...]]:
        if scope["method"] != "POST":
            return 405, ((b"allow", b"POST"),)
        headers = dict(scope["headers"])
        try:
            body = await _read(headers, receive, self.most_bytes)
            if body is None:
                return 400, ()
            family = signed_by(headers, body, self.secrets)
            if family is None:
                return 401, ()
            await self.intake.receive(event(headers, family, body))
        except TooLarge:
            return 413, ((b"connection", b"close"),)
        except Refused:
            return 400, ()
        except Retry:
            return 503, (_RETRY_AFTER,)
        return 200, ()


@dataclass(frozen=True, kw_only=True)
class Front:
    """Stands before the router: nearly all requests are events, and those need none of its layers."""

    webhooks: Webhooks
    rest: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(_PATH):
            await self.webhooks(scope, receive, send)
        else:
            await self.rest(scope, receive, send)


def routes(webhooks: Webhooks) -> list[Route]:
    """One endpoint under every name that `shopify.app.toml` gives; the topic is in a header."""
    return [Route("/webhooks/{name}", webhooks)]


def signed_by(headers: Mapping[bytes, bytes], body: bytes, secrets: Sequence[bytes]) -> bytes | None:
    """Which header family carries a signature of these bytes by one of the secrets; None refuses."""
    for family in (_OLD, _NEW):
        given = _digest(headers.get(family + b"hmac-sha256", b""))
        if given is not None:
            right = any(hmac.compare_digest(given, hmac.digest(s, body, "sha256")) for s in secrets if s)
            return family if right else None
    return None


def event(headers: Mapping[bytes, bytes], family: bytes, body: bytes) -> Event:
    """Raises Refused when the shop or the topic is missing or malformed; nothing of the body is read."""
    topic = _text(headers, family + b"topic")
    if not topic:
        raise Refused("webhook.no_topic", "The message does not say what it is about.")
    return Event(
        shop_domain=shop_name(_text(headers, family + b"shop-domain") or ""),
        topic=topic,
        webhook_id=_text(headers, family + b"webhook-id") or _made_up_id(topic, body),
        event_id=_text(headers, family + b"event-id"),
        triggered_at=_time(_text(headers, family + b"triggered-at")),
        api_version=_text(headers, family + b"api-version"),
        body=body,
        digest=_digest(headers[family + b"hmac-sha256"]),
    )


def _digest(header: bytes) -> bytes | None:
    """The signature's 32 bytes; None for a header that is missing or holds anything else."""
    try:
        digest = b64decode(header, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return digest if header else None


def _made_up_id(topic: str, body: bytes) -> str:
    """The same for every repeat of one delivery, as the header would have been."""
    return "body-" + hashlib.sha256(topic.encode() + b"\0" + body).hexdigest()


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name, b"")
    return value.decode("ascii", "replace") if 0 < len(value) <= _LONGEST_HEADER else None


def _time(text: str | None) -> datetime | None:
    """A time that can't be read is no time: it is not signed either."""
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else None


async def _read(headers: Mapping[bytes, bytes], receive: Receive, most: int) -> bytes | None:
    """The whole body, None when the sender left; raises TooLarge as soon as it passes the cap."""
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length[:20]) > most:
        raise TooLarge
    parts: list[bytes] = []
    size = 0
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise TooLarge
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def _answer(send: Send, status: int, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0"), *headers]}
    )
    await send({"type": "http.response.body", "body": b""})
