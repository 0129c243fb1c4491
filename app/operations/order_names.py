"""An order that nobody has heard of, looked up in the store by the name people know it by."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.ids import StoreKey
from app.errors import Refused
from app.models.connections import Connection
from app.operations import again
from app.ports import Called, Lane
from app.wiring import Core

_MOST = 5


async def look_up(core: Core, connection: Connection, name: str) -> Sequence[StoreKey]:
    """Reads the store; each order of that name is looked at now. Empty: the store has none."""
    if connection.go_live_at is None:
        raise Refused("connection.not_live", "This connection is not live yet: nothing is sent before.")
    store = await core.open_store(connection, lane=Lane.INTERACTIVE)
    if not isinstance(store.orders, Called):
        raise Refused("order.not_by_name", "This platform's orders can't be looked up by their name.")
    found = list(await store.orders.called(name))[:_MOST]
    for key in found:
        await again.look_at(core, connection, key)
    return found
