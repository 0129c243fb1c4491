"""Parcels to try things with: parts of an order that were sent in a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.domain.ids import StoreKey
from app.domain.order import LineKind
from app.domain.parcel import Parcel, ParcelLine, ParcelState
from app.domain.shipment import Tracking

SENT_AT = datetime(2026, 11, 10, 10, 0, tzinfo=UTC)


def sent_line(sku: str | None = "TEA", quantity: int = 1, **changes: Any) -> ParcelLine:
    made = ParcelLine(
        key=StoreKey(f"l-{sku}"),
        kind=LineKind.ITEM,
        title=f"A {(sku or 'thing').lower()}",
        sku=sku,
        quantity=quantity,
        item_key=StoreKey(f"v-{sku}"),
    )
    return replace(made, **changes)


def parcel(*lines: ParcelLine, **changes: Any) -> Parcel:
    """One tea of order #1001, unless told otherwise."""
    made = Parcel(
        key=StoreKey("801"),
        name="#1001-F1",
        order_key=StoreKey("1001"),
        order_name="#1001",
        store="goods",
        state=ParcelState.SENT,
        lines=lines or (sent_line(),),
        tracking=Tracking(numbers=("T1",), carrier="DHL Express"),
        location_key=StoreKey("L1"),
        sent_at=SENT_AT,
        updated_at=SENT_AT,
    )
    return replace(made, **changes)
