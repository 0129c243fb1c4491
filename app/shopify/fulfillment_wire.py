"""What an order has to send and what was sent, as the Admin API tells it, and as the plan reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.ids import SinkKey, StoreKey
from app.errors import Rejected
from app.shopify.gids import key_of
from app.shopify.order_wire import Paged, Wire

_ALIVE = frozenset({"SUCCESS", "OPEN", "PENDING"})
_THIRD_PARTY = "THIRD_PARTY"
_MOST_PARCELS = 50
"""As many as the query asks for: a plain list does not say whether it was cut."""


class Service(Wire):
    type: str


class Place(Wire):
    id: str
    fulfillment_service: Service | None


class Assigned(Wire):
    location: Place | None


class Item(Wire):
    id: str
    sku: str | None


class ToSend(Wire):
    id: str
    remaining_quantity: int
    line_item: Item


class FulfillmentOrder(Wire):
    id: str
    status: str
    assigned_location: Assigned
    line_items: Paged[ToSend]


class Track(Wire):
    company: str | None
    number: str | None
    url: str | None


class SentLine(Wire):
    quantity: int | None
    line_item: Item


class Fulfillment(Wire):
    id: str
    name: str
    status: str
    tracking_info: list[Track]
    fulfillment_line_items: Paged[SentLine]


class Order(Wire):
    id: str
    cancelled_at: datetime | None
    fulfillment_orders: Paged[FulfillmentOrder]
    fulfillments: list[Fulfillment]


class StateAnswer(Wire):
    order: Order | None


class Made(Wire):
    id: str
    name: str
    status: str
    total_quantity: int


@dataclass(frozen=True, kw_only=True)
class PartLine:
    """Units of an order line that are left to send. `sku` in lower case."""

    key: str
    line_key: StoreKey
    sku: str
    left: int


@dataclass(frozen=True, kw_only=True)
class Part:
    """One fulfillment order: what one place is to send."""

    key: str
    status: str
    location: str
    third_party: bool
    lines: tuple[PartLine, ...]


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One fulfillment: what was sent at once. `alive`: it was not cancelled and did not fail."""

    key: SinkKey
    name: str
    alive: bool
    lines: Mapping[StoreKey, int]
    skus: Mapping[StoreKey, str]
    numbers: tuple[str, ...]
    carrier: str | None
    urls: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class OrderState:
    """An order as far as sending it goes. A part whose place the app may not see is not among `parts`."""

    cancelled: bool
    parts: tuple[Part, ...]
    parcels: tuple[Parcel, ...]


def order_state(order: Order) -> OrderState:
    """Raises Rejected for an order of more lines than one answer holds: a shipment is never judged by half of it."""
    paged = [order.fulfillment_orders.page_info]
    paged += [part.line_items.page_info for part in order.fulfillment_orders.nodes]
    paged += [parcel.fulfillment_line_items.page_info for parcel in order.fulfillments]
    if any(page.has_next_page for page in paged) or len(order.fulfillments) >= _MOST_PARCELS:
        raise Rejected(
            "fulfillment.too_long", "This order has more lines to send than can be looked over at once."
        )
    return OrderState(
        cancelled=order.cancelled_at is not None,
        parts=tuple(_part(part) for part in order.fulfillment_orders.nodes),
        parcels=tuple(sorted(map(_parcel, order.fulfillments), key=lambda parcel: int(parcel.key))),
    )


def _part(part: FulfillmentOrder) -> Part:
    place = part.assigned_location.location
    service = place.fulfillment_service if place else None
    return Part(
        key=key_of(part.id),
        status=part.status,
        location=key_of(place.id) if place else "",
        third_party=service is not None and service.type == _THIRD_PARTY,
        lines=tuple(
            PartLine(
                key=key_of(line.id),
                line_key=key_of(line.line_item.id),
                sku=(line.line_item.sku or "").casefold(),
                left=line.remaining_quantity,
            )
            for line in part.line_items.nodes
        ),
    )


def _parcel(sent: Fulfillment) -> Parcel:
    lines: Counter[StoreKey] = Counter()
    for line in sent.fulfillment_line_items.nodes:
        lines[key_of(line.line_item.id)] += line.quantity or 0
    tracks = sent.tracking_info
    return Parcel(
        key=SinkKey(key_of(sent.id)),
        name=sent.name,
        alive=sent.status in _ALIVE,
        lines=dict(lines),
        skus={
            key_of(line.line_item.id): (line.line_item.sku or "").casefold()
            for line in sent.fulfillment_line_items.nodes
        },
        numbers=tuple(sorted(track.number for track in tracks if track.number)),
        carrier=next((track.company for track in tracks if track.company), None),
        urls=tuple(track.url for track in tracks if track.url),
    )
