"""Which flows of records there are: the one place that puts the engine together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.crypto import Vault
from app.domain.product import Product
from app.models import people
from app.models.database import Database
from app.ports import Flow, Missing, Source
from app.sync.customer_flow import CustomerCarrier
from app.sync.engine import Carrier, Engine
from app.sync.fulfillment_flow import FulfillmentFlow
from app.sync.listening import Listened
from app.sync.order_flow import OrderFlow
from app.sync.parcel_flow import ParcelFlow
from app.sync.persons import Persons, kept
from app.sync.product_flow import ProductFlow
from app.sync.refund_flow import RefundFlow
from app.sync.sending import Sender
from app.sync.sides import Sides


def _products(sides: Sides) -> Source[Product] | Missing:
    """Not even read before a filter says what the store is to get: an ERP's whole catalogue is many requests."""
    if not sides.connection.tables.products:
        return Missing(sentence="No filter of this connection chooses products.")
    return sides.host.items


_NOBODY = Missing(sentence="Customers are kept in step only where both sides have them.")

LISTENED: tuple[Listened, ...] = (
    Listened(kind="shipment", flow=Flow.FULFILLMENTS, source=lambda sides: sides.host.shipments),
    Listened(
        kind="customer",
        flow=Flow.CUSTOMERS,
        source=lambda sides: sides.host.customers if kept(sides) else _NOBODY,
        wants=people.want_listed,
    ),
    Listened(kind="product", flow=Flow.PRODUCTS, source=_products, begins="ever"),
)
"""What starts in the ERP and is asked for there."""


def engine(database: Database, vault: Vault, now: Callable[[], datetime]) -> Engine:
    """The engine with a carrier for every kind of record that is carried either way."""
    sender = Sender(database=database, vault=vault)
    persons = Persons(database=database, vault=vault)
    orders = Carrier(
        flow=OrderFlow(vault=vault, database=database),
        database=database,
        sender=sender,
        now=now,
        around=persons.buying,
    )
    refunds = Carrier(flow=RefundFlow(database=database), database=database, sender=sender, now=now)
    shipments = Carrier(flow=FulfillmentFlow(database=database), database=database, sender=sender, now=now)
    parcels = Carrier(flow=ParcelFlow(database=database), database=database, sender=sender, now=now)
    customers = CustomerCarrier(database=database, sender=sender, persons=persons, now=now)
    products = Carrier(flow=ProductFlow(database=database), database=database, sender=sender, now=now)
    return Engine(
        carriers={
            orders.flow.kind: orders,
            refunds.flow.kind: refunds,
            shipments.flow.kind: shipments,
            parcels.flow.kind: parcels,
            "customer": customers,
            products.flow.kind: products,
        }
    )
