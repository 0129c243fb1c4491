"""Turns an ERP's shipment into what the store is told of it: codes read backwards, the carrier's name mapped; pure."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.ids import ExternalId, StoreKey, external_id, parts_of
from app.domain.shipment import FulfillmentDocument, FulfillmentLine, Shipment, ShipmentLine, Tracking
from app.mapping.options import Options, Policy
from app.mapping.tables import Tables, look_up


def fulfillment(
    shipment: Shipment, *, order_key: StoreKey, reference: str, tables: Tables, options: Options
) -> FulfillmentDocument:
    """`reference` is what people call the order. A carrier that no table names is called what the ERP calls it."""
    return FulfillmentDocument(
        external_id=_key(shipment),
        reference=f"{reference} {shipment.number}",
        order_key=order_key,
        lines=tuple(_line(line, tables) for line in shipment.lines if line.quantity > 0),
        tracking=_tracking(shipment.tracking, tables),
        location_key=_location(shipment.warehouse, tables.locations),
        notify=options.shipping_mail is Policy.SEND,
        third_party=options.third_party_shipments is Policy.SEND,
    )


def _key(shipment: Shipment) -> ExternalId:
    """Of the store that its order is of."""
    parts = parts_of(shipment.order_external_id)
    return external_id(kind="shipment", store=parts[1] if parts else "", key=shipment.key)


def _line(line: ShipmentLine, tables: Tables) -> FulfillmentLine:
    """SKUs in lower case. An item may stand for several; the SKU that is spelled like it does too, unless it is mapped."""
    skus = {sku for sku, code in tables.items.items() if code == line.item and sku != "*"}
    if line.item.casefold() not in tables.items:
        skus.add(line.item.casefold())
    return FulfillmentLine(quantity=line.quantity, line_key=line.line_key, skus=tuple(sorted(skus)))


def _tracking(tracking: Tracking, tables: Tables) -> Tracking:
    if tracking.carrier is None:
        return tracking
    carrier = look_up(tables.carriers, tracking.carrier) or tracking.carrier
    return Tracking(numbers=tracking.numbers, carrier=carrier, urls=tracking.urls)


def _location(warehouse: str | None, locations: Mapping[str, str]) -> StoreKey | None:
    """The store's place that is mapped to this warehouse; of several none is preferred."""
    places = [key for key, code in locations.items() if code == warehouse and key != "*"]
    return StoreKey(places[0]) if len(places) == 1 else None
