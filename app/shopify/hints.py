"""What a webhook says, purely: which thing may have changed, when, and whether it is only the echo of our own note.

A fingerprint leaves out the time of the change and the tags: our note on the order moves nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import orjson

from app.domain.customer_sync import content_digest
from app.domain.ids import StoreKey
from app.errors import Rejected
from app.ports import Flow, Hint
from app.shopify.customer_wire import Event, told

_ORDER_TOPICS = ("orders/create", "orders/updated", "orders/paid", "orders/cancelled")
_EDITED, _DELETED = "orders/edited", "orders/delete"

_REFUNDED = "refunds/create"
_SENT = ("fulfillments/create", "fulfillments/update")
_CUSTOMERS = ("customers/create", "customers/update")

TOPICS: Mapping[str, Flow] = {
    **dict.fromkeys((*_ORDER_TOPICS, _EDITED, _DELETED), Flow.ORDERS),
    _REFUNDED: Flow.REFUNDS,
    **dict.fromkeys(_SENT, Flow.FULFILLMENTS),
    **dict.fromkeys(_CUSTOMERS, Flow.CUSTOMERS),
}
"""The topics that start a flow. `order_transactions/create` is left out: a payment moves the order itself as well."""

_NOT_OURS = ("updated_at", "tags")
_SENT_OF_IT = ("fulfillments", "fulfillment_status")


class _Order(msgspec.Struct):
    """Or whatever else its event names by an id: a refund, a fulfillment."""

    id: int
    updated_at: datetime | None = None
    order_id: int | None = None


class _Edit(msgspec.Struct):
    order_id: int


class _Edited(msgspec.Struct):
    order_edit: _Edit


def hints(topic: str, body: bytes) -> tuple[Hint, ...]:
    """Raises Rejected (`event.malformed`) for a body that can't be read. A topic we do not follow says nothing."""
    flow = TOPICS.get(topic)
    if flow is None:
        return ()
    try:
        return (_hint(flow, topic, body),)
    except (msgspec.DecodeError, orjson.JSONDecodeError) as cause:
        raise Rejected(
            "event.malformed", "A message of Shopify can't be read.", facts={"topic": topic}
        ) from cause


def _hint(flow: Flow, topic: str, body: bytes) -> Hint:
    if topic == _EDITED:
        return Hint(flow=flow, key=_key(msgspec.json.decode(body, type=_Edited).order_edit.order_id))
    if flow is Flow.CUSTOMERS:
        return _customer(body)
    order = msgspec.json.decode(body, type=_Order)
    parent = _key(order.order_id) if order.order_id is not None else None
    if topic == _REFUNDED:
        return Hint(flow=flow, key=_key(order.id), parent=parent)
    if topic in _SENT:
        return Hint(flow=flow, key=_key(order.id), version=_aware(order.updated_at), parent=parent)
    if topic == _DELETED:
        return Hint(flow=flow, key=_key(order.id), gone=True)
    return Hint(
        flow=flow,
        key=_key(order.id),
        version=_aware(order.updated_at),
        fingerprint=fingerprint(body),
        unsent=fingerprint(body, without=_SENT_OF_IT),
    )


def _customer(body: bytes) -> Hint:
    """What both sides would call the same has the same fingerprint; whoever keeps it keys it first."""
    event = msgspec.json.decode(body, type=Event)
    at = _aware(event.updated_at)
    print_ = bytes.fromhex(content_digest(told(event, at))) if at else None
    return Hint(flow=Flow.CUSTOMERS, key=_key(event.id), version=at, fingerprint=print_)


def fingerprint(body: bytes, *, without: tuple[str, ...] = ()) -> bytes:
    """Equal for two bodies that differ by nothing but time of change, tags and what is left out, whatever their keys' order."""
    order: dict[str, Any] = orjson.loads(body)
    kept = {name: value for name, value in order.items() if name not in (*_NOT_OURS, *without)}
    return hashlib.sha256(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)).digest()


def _key(number: int) -> StoreKey:
    return StoreKey(str(number))


def _aware(at: datetime | None) -> datetime | None:
    """A time without a zone is no version to compare with."""
    return at.astimezone(UTC) if at and at.tzinfo else None
