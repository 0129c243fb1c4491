"""The event stream: a platform whose signed events name an order, whose details are asked for afterwards."""

from __future__ import annotations

from app.ports import FormField, Store, StoreAccess, StoreSpec
from tests.stores.event_stream.caller import Caller
from tests.stores.event_stream.confirmations import Confirmations
from tests.stores.event_stream.events import TOPICS, delivery, hints
from tests.stores.event_stream.orders import Orders


def open_shop(access: StoreAccess) -> Store:
    caller = Caller(
        address=access.credentials["address"].rstrip("/"), key=access.credentials["key"], http=access.http
    )
    orders = Orders(caller, shop=access.shop)
    return Store(check=orders.check, orders=orders, marks=Confirmations(caller))


EVENT_STREAM = StoreSpec(
    key="event_stream",
    label="Event stream",
    topics=TOPICS,
    hints=hints,
    open=open_shop,
    form=(
        FormField(name="address", label="Address"),
        FormField(name="key", label="Key", secret=True),
        FormField(name="secret", label="Signing secret", secret=True),
    ),
    delivery=delivery,
)
