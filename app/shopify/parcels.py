"""What was sent in Shopify, read whole: one fulfillment becomes one parcel, whoever made it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from app.domain.ids import StoreKey
from app.domain.parcel import Parcel, ParcelLine, ParcelState
from app.domain.shipment import Tracking
from app.errors import Rejected
from app.ports import Lane
from app.shopify.client import Client
from app.shopify.fulfillment_wire import Track
from app.shopify.gids import gid, key_of
from app.shopify.order_record import line_kind
from app.shopify.order_wire import Id, Paged, Wire
from app.shopify.orders import typed

_STATES: Mapping[str, ParcelState] = {
    "SUCCESS": ParcelState.SENT,
    "CANCELLED": ParcelState.CANCELLED,
    "ERROR": ParcelState.CANCELLED,
    "FAILURE": ParcelState.CANCELLED,
}
"""OPEN and PENDING are with a fulfillment service still."""


class _Item(Wire):
    id: str
    name: str
    sku: str | None
    vendor: str | None
    is_gift_card: bool
    requires_shipping: bool
    variant: Id | None


class _Sent(Wire):
    quantity: int | None
    line_item: _Item


class _Order(Wire):
    id: str
    name: str


class _Fulfillment(Wire):
    id: str
    name: str
    status: str
    created_at: datetime
    updated_at: datetime
    order: _Order
    location: Id | None
    tracking_info: list[Track]
    fulfillment_line_items: Paged[_Sent]


class _Answer(Wire):
    fulfillment: _Fulfillment | None


class Parcels:
    """The Reader of parcels. Shopify has no list of them: an order names its own, and a fulfillment moves its order."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def get(self, key: str) -> Parcel | None:
        """One request. Raises Rejected for more lines than one answer holds: none is judged by half of it."""
        data = await self._client.run("fulfillment", {"id": gid("Fulfillment", key)}, Lane.ORDERS)
        found = typed(data, _Answer).fulfillment
        if found is None:
            return None
        if found.fulfillment_line_items.page_info.has_next_page:
            raise Rejected("parcel.too_long", f"{found.name} has more lines than can be looked over at once.")
        return _parcel(found, self._client.shop)


def _parcel(found: _Fulfillment, store: str) -> Parcel:
    return Parcel(
        key=key_of(found.id),
        name=found.name,
        order_key=key_of(found.order.id),
        order_name=found.order.name,
        store=store,
        state=_STATES.get(found.status, ParcelState.ORDERED),
        lines=tuple(_lines(found.fulfillment_line_items.nodes)),
        tracking=_tracking(found.tracking_info),
        location_key=key_of(found.location.id) if found.location else None,
        sent_at=found.created_at,
        updated_at=found.updated_at,
    )


def _lines(sent: Sequence[_Sent]) -> Iterator[ParcelLine]:
    """An order's line that the answer names more than once is one line."""
    units: dict[str, int] = {}
    items: dict[str, _Item] = {}
    for each in sent:
        items[each.line_item.id] = each.line_item
        units[each.line_item.id] = units.get(each.line_item.id, 0) + (each.quantity or 0)
    for name, item in items.items():
        yield ParcelLine(
            key=key_of(name),
            kind=line_kind(item),
            title=item.name,
            sku=item.sku or None,
            quantity=units[name],
            item_key=StoreKey(key_of(item.variant.id)) if item.variant else None,
            requires_shipping=item.requires_shipping,
        )


def _tracking(tracks: Sequence[Track]) -> Tracking:
    return Tracking(
        numbers=tuple(track.number for track in tracks if track.number),
        carrier=next((track.company for track in tracks if track.company), None),
        urls=tuple(track.url for track in tracks if track.url),
    )
