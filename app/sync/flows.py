"""Which flows of records there are: the one place that puts the engine together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.crypto import Vault
from app.models.database import Database
from app.ports import Flow
from app.sync.engine import Carrier, Engine
from app.sync.fulfillment_flow import FulfillmentFlow
from app.sync.listening import Listened
from app.sync.order_flow import OrderFlow
from app.sync.refund_flow import RefundFlow
from app.sync.sending import Sender

LISTENED: tuple[Listened, ...] = (
    Listened(kind="shipment", flow=Flow.FULFILLMENTS, source=lambda sides: sides.host.shipments),
)
"""What starts in the ERP and is asked for there."""


def engine(database: Database, vault: Vault, now: Callable[[], datetime]) -> Engine:
    """The engine with a carrier for every kind of record that goes to the host."""
    sender = Sender(database=database, vault=vault)
    orders = Carrier(flow=OrderFlow(vault=vault), database=database, sender=sender, now=now)
    refunds = Carrier(flow=RefundFlow(database=database), database=database, sender=sender, now=now)
    shipments = Carrier(flow=FulfillmentFlow(database=database), database=database, sender=sender, now=now)
    return Engine(
        carriers={
            orders.flow.kind: orders,
            refunds.flow.kind: refunds,
            shipments.flow.kind: shipments,
        }
    )
