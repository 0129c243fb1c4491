"""Turns a parcel that the store tells of into the shipment it is for an ERP: items as they were sold, carriers; pure."""

from __future__ import annotations

from app.domain.ids import external_id
from app.domain.order import LineKind
from app.domain.parcel import GoodsSent, Parcel, ParcelLine, ShipmentDocument
from app.domain.shipment import Tracking
from app.mapping.codes import Codes
from app.mapping.documents import Held
from app.mapping.options import Options
from app.mapping.tables import Tables

KIND = "parcel"
"""What the keys of shipments that were made here begin with."""

_MONEY = frozenset({LineKind.GIFT_CARD, LineKind.TIP})


def shipment(
    parcel: Parcel, *, tables: Tables, options: Options, substituted: frozenset[str] = frozenset()
) -> ShipmentDocument | Held:
    """Or everything that is missing for it. Gift cards and tips are money: no warehouse hands them out."""
    codes = Codes(tables=tables, options=options, substituted=substituted)
    goods = tuple(
        _goods(line, place, codes)
        for place, line in enumerate(parcel.lines, start=1)
        if line.kind not in _MONEY and line.quantity > 0
    )
    warehouse = codes.location(parcel.location_key)
    if codes.problems:
        return Held(reasons=tuple(codes.problems))
    return ShipmentDocument(
        external_id=external_id(kind=KIND, store=parcel.store, key=parcel.key),
        reference=parcel.name,
        order_external_id=external_id(kind="order", store=parcel.store, key=parcel.order_key),
        order_reference=parcel.order_name,
        lines=goods,
        tracking=_tracking(parcel.tracking, tables),
        warehouse=warehouse,
        sent_at=parcel.sent_at,
    )


def _goods(line: ParcelLine, place: int, codes: Codes) -> GoodsSent:
    return GoodsSent(
        line_key=line.key,
        item=codes.item(line, place),
        quantity=line.quantity,
        physical=line.requires_shipping,
    )


def _tracking(tracking: Tracking, tables: Tables) -> Tracking:
    """A carrier that no table names is called what the store calls it."""
    if tracking.carrier is None:
        return tracking
    carrier = tables.carriers_back.get(tracking.carrier.casefold(), tracking.carrier)
    return Tracking(numbers=tracking.numbers, carrier=carrier, urls=tracking.urls)
