"""What the event stream posts: how it signs, and what it says. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC

import msgspec

from app.domain.ids import StoreKey
from app.errors import Refused, Rejected
from app.ports import Delivery, Flow, Hint
from tests.stores.event_stream import wire

TOPICS: Mapping[str, Flow] = dict.fromkeys(("order.placed", "order.paid", "order.changed"), Flow.ORDERS)
"""`order.confirmed` is our own doing coming back, so nobody follows it."""

SIGNATURE, TOPIC, NUMBER = "x-stream-signature", "x-stream-event", "x-stream-number"


def delivery(credentials: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Delivery:
    """The signature covers the event's name, its number and the body."""
    topic, number = headers.get(TOPIC, ""), headers.get(NUMBER, "")
    given, right = headers.get(SIGNATURE, ""), sign(credentials["secret"], topic, number, body)
    if not hmac.compare_digest(given.encode(), right.encode()) or not number.isdigit():
        raise Refused("event_stream.signature", "The event's signature is missing or wrong.")
    return Delivery(topic=topic, id=number, body=body)


def sign(secret: str, topic: str, number: str, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{topic}.{number}.".encode() + body, hashlib.sha256).hexdigest()


def hints(topic: str, body: bytes) -> tuple[Hint, ...]:
    flow = TOPICS.get(topic)
    if flow is None:
        return ()
    try:
        told = msgspec.json.decode(body, type=wire.Told)
    except (msgspec.DecodeError, UnicodeError) as cause:
        raise Rejected(
            "event.malformed", "A message of the event stream can't be read.", facts={"topic": topic}
        ) from cause
    return (Hint(flow=flow, key=StoreKey(told.order), version=told.at.astimezone(UTC)),)
