"""A parcel: goods of an order that were sent in the store, and the document it becomes for an ERP, a shipment there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.ids import ExternalId, SinkKey, StoreKey
from app.domain.order import LineKind
from app.domain.shipment import Tracking


class ParcelState(StrEnum):
    """ORDERED is with a service that has not sent it yet; SENT has left; CANCELLED never will, or failed."""

    ORDERED = "ordered"
    SENT = "sent"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class ParcelLine:
    """Units of one of the order's lines, `key`, with what tells its item."""

    key: StoreKey
    kind: LineKind
    title: str
    sku: str | None
    quantity: int
    item_key: StoreKey | None = None
    requires_shipping: bool = True


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What was sent of one order at once, by a person, a till or a service, read fresh from its store.

    `name` is what people call it. `location_key`: where it left from, when the store knows.
    """

    key: StoreKey
    name: str
    order_key: StoreKey
    order_name: str
    store: str
    state: ParcelState
    lines: tuple[ParcelLine, ...]
    tracking: Tracking
    location_key: StoreKey | None
    sent_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class GoodsSent:
    """Units of the document's line that carries the store's `line_key`, or of whichever holds `item`, by the ERP's code.

    `physical`: they are goods that a warehouse hands out.
    """

    line_key: StoreKey
    item: str
    quantity: int
    physical: bool = True


@dataclass(frozen=True, kw_only=True)
class ShipmentDocument:
    """What one parcel is to be in the ERP: a shipment of its order's document.

    `warehouse`: where it left from, by the ERP's code. `cancelled`: it is to be there no more. `ours`: what this parcel is
    known as there already, `others`: what stands for other fulfillments of the order. `asked`: a person looked at what was
    held and wants it done all the same.
    """

    external_id: ExternalId
    reference: str
    order_external_id: ExternalId
    order_reference: str
    lines: tuple[GoodsSent, ...]
    tracking: Tracking
    warehouse: str | None
    sent_at: datetime
    cancelled: bool = False
    ours: SinkKey | None = None
    others: frozenset[str] = frozenset()
    asked: bool = False
