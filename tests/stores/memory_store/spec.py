"""The memory store: a platform that can only be asked. It sends no events and takes no marks."""

from __future__ import annotations

from datetime import timedelta

from app.ports import FormField, Hint, Store, StoreAccess, StoreSpec
from tests.stores.memory_store.orders import Orders


def no_hints(topic: str, body: bytes) -> tuple[Hint, ...]:
    return ()


def open_shop(access: StoreAccess) -> Store:
    orders = Orders(
        shop=access.shop,
        address=access.credentials["address"].rstrip("/"),
        key=access.credentials["key"],
        http=access.http,
        pad=timedelta(seconds=float(access.settings.get("pad_seconds", "900"))),
    )
    return Store(check=orders.check, orders=orders)


MEMORY_STORE = StoreSpec(
    key="memory_store",
    label="Memory store",
    topics={},
    hints=no_hints,
    open=open_shop,
    form=(
        FormField(name="address", label="Address"),
        FormField(name="key", label="Key", secret=True),
    ),
)
