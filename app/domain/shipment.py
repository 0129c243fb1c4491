"""A shipment as an ERP tells it, and the document it becomes for a store: goods of one order on their way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.ids import ExternalId, StoreKey


class ShipmentState(StrEnum):
    """PACKED has not left yet and concerns nobody; SENT has; CANCELLED never will, or came back before it arrived."""

    PACKED = "packed"
    SENT = "sent"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class Tracking:
    """How a parcel is followed. Nothing of it is needed; `urls` are in the order of `numbers`."""

    numbers: tuple[str, ...] = ()
    carrier: str | None = None
    urls: tuple[str, ...] = ()


def corrects(told: Tracking, known: Tracking) -> bool:
    """Whether the side that sent it knows better how a parcel is followed. What it does not know clears nothing."""
    if not told.numbers:
        return False
    other_carrier = told.carrier is not None and told.carrier != known.carrier
    other_urls = bool(told.urls) and told.urls != known.urls
    return sorted(told.numbers) != sorted(known.numbers) or other_carrier or other_urls


@dataclass(frozen=True, kw_only=True)
class ShipmentLine:
    """Units of an item, by the ERP's code. `line_key`: the store's order line, where the ERP kept it."""

    item: str
    quantity: int
    line_key: StoreKey | None = None


@dataclass(frozen=True, kw_only=True)
class Shipment:
    """What left the ERP's `warehouse` for one order. `order_external_id` is our key on the order's document there.

    `origin`: our key on the shipment itself, where it was made there for what the store had sent.
    """

    key: str
    number: str
    order_external_id: ExternalId
    state: ShipmentState
    lines: tuple[ShipmentLine, ...]
    tracking: Tracking
    warehouse: str | None
    shipped_at: datetime
    updated_at: datetime
    origin: ExternalId | None = None


@dataclass(frozen=True, kw_only=True)
class FulfillmentLine:
    """Units of one order line (`line_key`), or of whichever lines carry one of the `skus`."""

    quantity: int
    line_key: StoreKey | None
    skus: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FulfillmentDocument:
    """What one shipment is to be in the store.

    `location_key`: where it left from, as the store knows the place; taken first where lines could be sent from several.
    `cancelled`: it is to be there no more. `ours`: fulfillments that are known to be this shipment's; `others`: those of other
    shipments. `asked`: a person looked at what was held and wants it done all the same.
    """

    external_id: ExternalId
    reference: str
    order_key: StoreKey
    lines: tuple[FulfillmentLine, ...]
    tracking: Tracking
    location_key: StoreKey | None
    notify: bool = False
    third_party: bool = False
    cancelled: bool = False
    asked: bool = False
    ours: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
